/** `everpost send` and `everpost publish`, as a person types them. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { sampleSend } from '../../src/cli/sample-sends.ts';
import { readConfig, sendQueuesOf } from '../../src/config.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { readSendMessage, recipientsOf } from '../../src/stores/send-request.ts';
import { createBucket, createQueueWithDeadLetters, createTables } from '../../src/stores/tables.ts';
import { openTestAws, uniqueName } from '../environment/deployment.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const aws = openTestAws();
const name = uniqueName('sends');
const queue = sendQueuesOf({ name }).send;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everpost-cli-'));
  await createTables(aws.dynamodb, readConfig({ EVERPOST_SECRETS: 'a-secret-of-sixteen' }).tables);
  await createBucket(aws.s3, name, inject('environment').awsRegion);
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
    DOMAINS: 'shop.example',
    EVERPOST_NAME: name,
    EVERPOST_SECRETS: 'a-secret-of-sixteen',
    EVERPOST_HOME: folder,
    SEND_BUCKET: name,
  };
  return new Promise((resolve) => {
    const main = join(root, 'src/cli/main.ts');
    const child = execFile(process.execPath, [main, ...words], { cwd: folder, env }, (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

it('publishes as many sample mails as it is asked for, all of them sound', async () => {
  const without = await everpost('publish', '-n', '5');
  expect(without).toMatchObject({ code: 1, out: '' });
  expect(without.err).toMatch(new RegExp(`^everpost: There is no SQS queue ${queue}\\..*everpost setup`));
  await createQueueWithDeadLetters(aws.sqs, queue);
  const { code, out, err } = await everpost('publish', '-n', '12');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const ids = out.trim().split('\n');
  expect(new Set(ids).size).toBe(12);
  const received: string[] = [];
  while (received.length < 12) {
    const messages = await openQueue(aws.sqs, queue).receive({ max: 10, waitSeconds: 1 });
    for (const { id, body } of messages) {
      expect(readSendMessage(JSON.parse(body))).toHaveProperty('ok');
      received.push(id);
    }
  }
  expect(received.sort()).toEqual(ids.sort());
});

it('has samples of which every one can be sent, to people of examples only', () => {
  for (let seed = 0; seed < 256; seed += 1) {
    const chance = Uint8Array.from({ length: 8 }, (_, at) => (seed * 31 + at * 17) % 256);
    const read = readSendMessage(sampleSend('shop.example', chance, new Date(0)));
    if ('errors' in read) throw new Error(JSON.stringify(read.errors));
    expect(recipientsOf(read.ok)[0]).toMatch(/^[a-z]+\.\d+@customers\.example$/);
    expect(read.ok.from.address).toMatch(/@shop\.example$/);
  }
});

it('sends one mail and prints its id; the same key again is the same mail', async () => {
  const mail = ['send', '--from', 'Shop <shop@shop.example>', '--to', 'a@outside.test', 'b@outside.test'];
  const words = [...mail, '--subject', 'Hello', '--text', 'Hi', '--priority', '7', '--key', 'one'];
  const first = await everpost(...words);
  expect(first).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^send:[0-9a-f]+\n$/) });
  expect((await everpost(...words)).out).toBe(first.out);
  const connection = await Connection.connect({ address: inject('environment').temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(first.out.trim());
  const { events } = await handle.fetchHistory();
  const payload = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  expect(JSON.parse(Buffer.from(payload!).toString())).toMatchObject({
    notice: { recipients: ['a@outside.test', 'b@outside.test'], priority: 7, account: 'default' },
  });
  await handle.terminate();
  await connection.close();
});

it.each<[string[], RegExp]>([
  [['publish', '-n', 'many'], /^everpost: -n many: expected a whole number from 1 to 10000\.\n$/],
  [['publish', '-n', '0'], /^everpost: -n 0: expected/],
  [['send', '--from', 'nobody', '--to', 'a@outside.test'], /from: .*\n {2}text: .*\n {2}subject: /s],
  [
    [
      'send',
      '--from',
      'a@shop.example',
      '--to',
      'a@outside.test',
      '--template',
      'x',
      '--params',
      'none.json',
    ],
    /^everpost: The parameters cannot be read from none\.json: ENOENT/,
  ],
])('says what is wrong with %j in a sentence', async (words, said) => {
  const { code, err } = await everpost(...words);
  expect(err).toMatch(said);
  expect(code).toBe(1);
});
