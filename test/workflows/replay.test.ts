/** Every recorded history still replays: mails that were started before a deploy go on after it. */
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { describe, expect, inject, it } from 'vitest';

const folder = new URL('../histories/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));

describe('the workflow code', () => {
  it('has histories to replay', () => {
    expect(names.length).toBeGreaterThan(10);
  });

  it.each(names)('still replays %s', async (name) => {
    const history: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
    const codePath = inject('environment').workflowBundlePath;
    if (codePath === undefined) throw new Error('there is no workflow bundle to replay with');
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history);
  });
});
