/** `everpost suppressions …`: who gets no mail from us, on the command line. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { type Command, Option } from 'commander';
import { SUPPRESSION_REASONS } from '../mail/suppression.ts';
import { CliError, type Environment } from './environment.ts';
import type { Ask } from './local-api.ts';

type Whose = { account?: string };
type Entry = { email: string; reason: string; source: string; createdAt: string; expiresAt?: string };
type Page = { items: Entry[]; next: string | null };
type AddOptions = Whose & { reason?: string; source?: string; expires?: string };
type ImportOptions = Whose & { onError: string };
type Report = { rows: number; imported: number; refused: number; errors: Problem[] };
type Problem = { row: number; column?: string; detail: string };

const LIST = '/v1/suppressions';

const queryOf = ({ account }: Whose, more: Record<string, string> = {}): string =>
  `?${new URLSearchParams({ ...(account !== undefined && { account }), ...more })}`;

const lineOf = ({ email, reason, source, createdAt, expiresAt }: Entry): string =>
  `${[email, reason, createdAt, expiresAt ?? 'for ever', source].join('\t')}\n`;

async function list(ask: Ask, whose: Whose): Promise<void> {
  let cursor: Record<string, string> = {};
  for (;;) {
    const answer = await ask(LIST + queryOf(whose, { limit: '1000', ...cursor }));
    const { items, next } = (await answer.json()) as Page;
    process.stdout.write(items.map(lineOf).join(''));
    if (next === null) return;
    cursor = { cursor: next };
  }
}

async function add(ask: Ask, email: string, { account, reason, source, expires }: AddOptions): Promise<void> {
  const body = {
    reason,
    source: source ?? 'command line',
    ...(expires !== undefined && { expiresAt: expires }),
  };
  const path = `${LIST}/${encodeURIComponent(email)}${queryOf(account === undefined ? {} : { account })}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(path, { method: 'PUT', headers, body: JSON.stringify(body) });
  process.stdout.write(lineOf((await answer.json()) as Entry));
}

async function importFile(ask: Ask, file: string, { onError, ...whose }: ImportOptions): Promise<void> {
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined || !facts.isFile()) throw new CliError(`There is no file ${file}.`);
  // Node's own stream type and the one of fetch differ in name only.
  const body = Readable.toWeb(createReadStream(file)) as unknown as ReadableStream;
  // Streams go out while nothing comes in yet; fetch insists on hearing so.
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': 'text/csv', 'content-length': String(facts.size) },
    body,
    duplex: 'half',
  };
  const report = (await (await ask(`${LIST}/import${queryOf(whose, { onError })}`, init)).json()) as Report;
  for (const { row, column, detail } of report.errors)
    process.stderr.write(`row ${row}${column === undefined ? '' : `, column ${column}`}: ${detail}\n`);
  process.stdout.write(`${report.imported} of ${report.rows} rows imported, ${report.refused} refused.\n`);
  if (report.refused > 0) process.exitCode = 1;
}

async function exportAll(ask: Ask, whose: Whose): Promise<void> {
  const { body } = await ask(`${LIST}/export${queryOf(whose)}`);
  if (body === null) return;
  await pipeline(Readable.fromWeb(body as unknown as NodeReadableStream), process.stdout, { end: false });
}

/** Adds the commands. */
export function addSuppressionCommands(program: Command, environment: Environment): void {
  const act = async (use: (ask: Ask) => Promise<void>): Promise<void> => {
    const { withLocalApi } = await import('./local-api.ts');
    await withLocalApi(environment, use);
  };
  const group = program
    .command('suppressions')
    .description('addresses that get no mail from us, and why; a list of the account default holds for all');
  const command = (words: string, description: string): Command =>
    group.command(words).description(description).option('--account <name>', 'whose list (default: default)');

  command('list', 'print the list, a line each').action((whose: Whose) => act((ask) => list(ask, whose)));
  command('add <email>', 'suppress an address')
    .addOption(new Option('--reason <reason>').choices(SUPPRESSION_REASONS).default('manual'))
    .option('--source <text>', 'where the reason came from')
    .option('--expires <time>', 'until when, ISO 8601 with offset; for ever when left out')
    .action((email: string, options: AddOptions) => act((ask) => add(ask, email, options)));
  command('remove <email>', 'let mail go to an address again').action((email: string, whose: Whose) =>
    act(async (ask) => {
      await ask(`${LIST}/${encodeURIComponent(email)}${queryOf(whose)}`, { method: 'DELETE' });
    }),
  );
  command('import <file>', 'suppress all addresses of a CSV file with the column email')
    .addOption(
      new Option('--on-error <way>', 'with a bad row keep nothing, or the good rows')
        .choices(['abort', 'skip'])
        .default('abort'),
    )
    .action((file: string, options: ImportOptions) => act((ask) => importFile(ask, file, options)));
  command('export', 'print the whole list as CSV').action((whose: Whose) =>
    act((ask) => exportAll(ask, whose)),
  );
}
