/**
 * Asks something of a mail as the API would, without its port: the same checks, the same signals, the same opening
 * of a closed mail. Works where no API runs.
 */
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createApp } from '../api/app.ts';
import { openKeys } from '../api/keys.ts';
import type { SmtpClient } from '../smtp/smtp-client.ts';
import { openAws } from '../stores/aws.ts';
import { openLedger } from '../stores/ledger.ts';
import { openMailStore } from '../stores/mail-store.ts';
import { type Environment, readCommandConfig } from './environment.ts';

type ProblemBody = { title?: string; detail?: string };

/** No mail is sent from here, and nobody asks for /health. */
const noRelay: Pick<SmtpClient, 'check'> = {
  check: async () => ({ code: 0, text: 'not looked at from the command line', stage: 'connect' }),
};

/** Sends the request and says what came of it. Returns the exit code. */
export async function askOfMail(
  environment: Environment,
  id: string,
  action: string,
  body: object,
): Promise<number> {
  const config = await readCommandConfig(environment);
  const aws = openAws(config);
  const connection = Connection.lazy(config.temporal.connection ?? {});
  const app = createApp({
    config,
    aws,
    temporal: new Client({ connection, namespace: config.temporal.namespace }),
    ledger: openLedger(aws.dynamodb, config.tables.deliveries),
    mailStore: openMailStore(aws.s3, { cacheBytes: 0 }),
    relays: { internal: noRelay, external: noRelay },
    // Whoever has this configuration needs no key on top.
    keys: openKeys([], []),
    now: Date.now,
    log: pino({ level: 'silent' }),
  });
  try {
    const answer = await app.request(`/v1/mails/${encodeURIComponent(id)}/${action}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      process.stdout.write(`${action}: Temporal has it; the mail's timeline shows what comes of it.\n`);
      return 0;
    }
    const { title, detail } = (await answer.json()) as ProblemBody;
    process.stderr.write(`everpost: ${detail ?? title ?? `HTTP ${answer.status}`}\n`);
    return 1;
  } finally {
    aws.close();
    await connection.close();
  }
}
