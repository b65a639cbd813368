/**
 * The API of this deployment without its port: the same checks, the same signals, the same answers. So commands work
 * where no API runs, and validate nothing on their own.
 */
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { createApp } from '../api/app.ts';
import { openKeys } from '../api/keys.ts';
import { sendStarter } from '../bridge/start-send.ts';
import type { SmtpClient } from '../smtp/smtp-client.ts';
import { openAws } from '../stores/aws.ts';
import { openLedger } from '../stores/ledger.ts';
import { openMailStore } from '../stores/mail-store.ts';
import { CliError, type Environment, readCommandConfig } from './environment.ts';

type ProblemBody = { title?: string; detail?: string; errors?: { field: string; detail: string }[] };

/** Asks one route; throws CliError with everything that a problem says. */
export type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** No mail is sent from here, and nobody asks for /health. */
const noRelay: Pick<SmtpClient, 'check'> = {
  check: async () => ({ code: 0, text: 'not looked at from the command line', stage: 'connect' }),
};

async function refusalOf(answer: Response): Promise<CliError> {
  const { title, detail, errors = [] } = (await answer.json()) as ProblemBody;
  const said = detail ?? title ?? `HTTP ${answer.status}`;
  const lines = errors.map((error) => `${error.field}: ${error.detail}`);
  // One error is usually the very sentence of the problem.
  return new CliError([said, ...(lines.length > 1 ? lines : [])].join('\n  '));
}

/** Hands `use` what asks the API, and closes all that it needed afterwards. */
export async function withLocalApi(
  environment: Environment,
  use: (ask: Ask) => Promise<void>,
): Promise<void> {
  const config = await readCommandConfig(environment);
  const aws = openAws(config);
  const connection = Connection.lazy(config.temporal.connection ?? {});
  const temporal = new Client({ connection, namespace: config.temporal.namespace });
  const app = createApp({
    config,
    aws,
    temporal,
    startSend: sendStarter(config, temporal),
    ledger: openLedger(aws.dynamodb, config.tables.deliveries),
    mailStore: openMailStore(aws.s3, { cacheBytes: 0 }),
    relays: { internal: noRelay, external: noRelay },
    // Whoever has this configuration needs no key on top.
    keys: openKeys([], []),
    now: Date.now,
    log: pino({ level: 'silent' }),
  });
  try {
    await use(async (path, init = {}) => {
      const answer = await app.request(path, init);
      if (!answer.ok) throw await refusalOf(answer);
      return answer;
    });
  } finally {
    aws.close();
    await connection.close();
  }
}

/** A request with a JSON body. */
export const jsonRequest = (method: string, body: object): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
