/**
 * Records histories for test/histories: `RECORD_HISTORIES=test/histories npm test -- test/journeys` writes one file
 * for each way that a mail workflow can go. Done once a release; old files stay, since such mails may still run.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { inject } from 'vitest';

const run = promisify(execFile);
/** Longer ones repeat themselves. */
const BYTES_MAX = 100_000;

/** Writes the histories of a domain's mails whose shape has no file yet. `release` begins the names. */
export async function recordHistories(
  client: Client,
  domain: string,
  folder: string,
  release: string,
): Promise<void> {
  const { temporalBinary, temporalAddress } = inject('environment');
  for await (const { workflowId } of client.workflow.list({ query: `MailDomain = "${domain}"` })) {
    const handle = client.workflow.getHandle(workflowId);
    const [{ searchAttributes, status }, history] = await Promise.all([
      handle.describe(),
      handle.fetchHistory(),
    ]);
    const kinds = history.events!.flatMap((event) => [
      ...(event.workflowExecutionSignaledEventAttributes?.signalName ?? '').split(' '),
      ...(event.activityTaskScheduledEventAttributes?.activityType?.name ?? '').split(' '),
    ]);
    const met = [...new Set(kinds.filter((kind) => kind !== ''))].sort().join('-') || 'quick';
    const name = [release, searchAttributes.MailKind, searchAttributes.MailStatus, status.name, met].join(
      '-',
    );
    const path = join(folder, `${name.toLowerCase()}.json`);
    if (existsSync(path)) continue;
    const { stdout } = await run(
      temporalBinary,
      ['workflow', 'show', '-w', workflowId, '--output', 'json', '--address', temporalAddress],
      { maxBuffer: 1e8 },
    );
    if (stdout.length <= BYTES_MAX) await writeFile(path, withoutMachine(stdout));
  }
}

/** Stacks and identities name the machine; a replay needs neither. */
function withoutMachine(json: string): string {
  return json
    .replace(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""')
    .replace(/"identity": "[^"]*"/g, '"identity": ""');
}
