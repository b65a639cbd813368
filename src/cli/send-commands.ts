/** `everpost send` and `everpost publish`: mails that go out, on the command line. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { CliError, type Environment } from './environment.ts';

type SendOptions = {
  from: string;
  to: string[];
  cc?: string[];
  bcc?: string[];
  subject?: string;
  text?: string;
  html?: string;
  template?: string;
  params?: string;
  account?: string;
  priority?: string;
  sendAt?: string;
  key?: string;
};

const COUNT_MAX = 10_000;

/** The request as `everpost.send/v1` has it; the API validates it. */
async function requestOf({ params, priority, key, ...same }: SendOptions): Promise<object> {
  return {
    ...same,
    ...(priority !== undefined && { priority: Number(priority) }),
    ...(key !== undefined && { idempotencyKey: key }),
    ...(params !== undefined && { params: await readParams(params) }),
  };
}

async function readParams(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new CliError(`The parameters cannot be read from ${file}: ${(error as Error).message}`);
  }
}

/** Adds the commands. */
export function addSendCommands(program: Command, environment: Environment): void {
  program
    .command('send')
    .description('send a mail, when its turn comes; prints its id')
    .requiredOption('--from <mailbox>', 'such as "Shop <shop@example.com>"')
    .requiredOption('--to <mailbox...>', 'whom it is for')
    .option('--cc <mailbox...>')
    .option('--bcc <mailbox...>')
    .option('--subject <text>')
    .option('--text <text>')
    .option('--html <html>')
    .option('--template <name>', 'instead of a text')
    .option('--params <file>', 'JSON file with the parameters of the template')
    .option('--account <name>', 'whose mail it is (default: default)')
    .option('--priority <number>', '0 to 255, higher goes first')
    .option('--send-at <time>', 'not before, ISO 8601 with a zone')
    .option('--key <key>', 'idempotency key: the same mail again is sent once')
    .action(async (options: SendOptions) => {
      const { jsonRequest, withLocalApi } = await import('./local-api.ts');
      const request = jsonRequest('POST', await requestOf(options));
      await withLocalApi(environment, async (ask) => {
        const { id } = (await (await ask('/v1/emails', request)).json()) as { id: string };
        process.stdout.write(`${id}\n`);
      });
    });
  program
    .command('publish')
    .description('put random sample mails on the send queue; prints the message ids')
    .option('-n, --count <number>', 'how many', '1')
    .action(async ({ count }: { count: string }) => {
      const wanted = Number(count);
      if (!Number.isInteger(wanted) || wanted < 1 || wanted > COUNT_MAX)
        throw new CliError(`-n ${count}: expected a whole number from 1 to ${COUNT_MAX}.`);
      const { publishSamples } = await import('./publish.ts');
      await publishSamples(environment, wanted);
    });
}
