/** `everpost templates` and `everpost suppressions`, as a person types them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createTables } from '../../src/stores/tables.ts';
import { openTestAws, uniqueName } from '../environment/deployment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const account = uniqueName('cli');
const aws = openTestAws();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everpost-cli-'));
  // These tables have no variable of their own; an account of our own keeps other tests apart.
  await createTables(aws.dynamodb, readConfig({ EVERPOST_SECRETS: 'a-secret-of-sixteen' }).tables);
});
afterAll(async () => {
  aws.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the command printed, and how it ended. */
function everpost(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  const { awsEndpoint, awsRegion, temporalAddress } = inject('environment');
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_REGION: awsRegion,
    TEMPORAL_ADDRESS: temporalAddress,
    EVERPOST_SECRETS: 'a-secret-of-sixteen',
    EVERPOST_HOME: folder,
  };
  return new Promise((resolve) => {
    const main = join(root, 'src/cli/main.ts');
    const child = execFile(process.execPath, [main, ...words], { cwd: folder, env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}
const ours = (...words: string[]) => everpost(...words, '--account', account);

it('puts templates from files, lists and previews them', async () => {
  const samples = join(root, 'infra/templates');
  expect(await ours('templates', 'put', samples)).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('receipt: version 1\n'),
  });
  expect((await ours('templates', 'put', join(samples, 'receipt'))).out).toBe('receipt: already version 1\n');
  const listed = (await ours('templates', 'list')).out.trim().split('\n');
  expect(listed).toHaveLength(5);
  expect(listed[4]).toMatch(/^receipt\tversion 1\t.*\tYour receipt \{\{ number \}\} from \{\{ seller \}\}$/);
  const params = join(samples, 'receipt/params.json');
  const kept = await ours('templates', 'preview', 'receipt', '--params', params);
  expect(kept.out).toMatch(/^Subject: Your receipt 2026-0042 from Example Shop\n/);
  expect((await everpost('templates', 'preview', join(samples, 'receipt'))).out).toBe(kept.out);
});

it.each<[string[], RegExp]>([
  [['templates', 'put', 'nowhere'], /^everpost: There is no folder nowhere\.\n$/],
  [['templates', 'put', '.'], /^everpost: Neither \. nor a folder in it has a subject\.txt/],
  [['templates', 'preview', 'nothing'], /^everpost: There is no template nothing\./],
  [['suppressions', 'add', 'nobody'], /^everpost: email: expected a mail address/],
  [['suppressions', 'remove', 'nobody@example.com'], /^everpost: nobody@example\.com is not on the list/],
  [['suppressions', 'import', 'nowhere.csv'], /^everpost: There is no file nowhere\.csv\.\n$/],
])('says what is wrong with %j in a sentence', async (words, said) => {
  const { code, err } = await ours(...words);
  expect(err).toMatch(said);
  expect(code).toBe(1);
});

it('adds, lists, removes, imports and exports suppressed addresses', async () => {
  const added = await ours('suppressions', 'add', 'Ann@example.com', '--reason', 'complaint');
  expect(added).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ann@example\.com\tcomplaint\t.*\tfor ever\tcommand line\n$/),
  });
  const file = join(folder, 'list.csv');
  await writeFile(file, 'email,reason\nben@example.com,unsubscribe\n"broken\n');
  const refused = await ours('suppressions', 'import', file);
  expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('1 of 2 rows are not usable') });
  expect((await ours('suppressions', 'list')).out).toBe(added.out);
  const skipped = await ours('suppressions', 'import', file, '--on-error', 'skip');
  expect(skipped).toMatchObject({ code: 1, out: '1 of 2 rows imported, 1 refused.\n' });
  expect(skipped.err).toMatch(/^row 3, column email: a quote is opened/);
  expect((await ours('suppressions', 'remove', 'ann@example.com')).code).toBe(0);
  const exported = (await ours('suppressions', 'export')).out;
  expect(exported).toMatch(
    /^email,reason,source,created_at,expires_at\r\nben@example\.com,unsubscribe,import,.*,\r\n$/,
  );
});
