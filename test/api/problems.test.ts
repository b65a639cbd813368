/** What goes wrong is a problem of RFC 9457 that says what to do: bad requests, and a Temporal or AWS that is away. */
import { randomBytes } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { openLedger } from '../../src/stores/ledger.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { type ApiWorld, KEY, openApiWorld } from './api-world.ts';

type ProblemBody = {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string }[];
};

let world: ApiWorld;
let id: string;
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  world = await openApiWorld();
  id = await world.startMail();
});
afterAll(() => world.close());

async function problemOf(answer: Response, status: number): Promise<ProblemBody> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await answer.json()) as ProblemBody;
  expect(problem).toMatchObject({ status });
  expect(answer.status).toBe(status);
  expect(problem.detail.length).toBeGreaterThan(10);
  return problem;
}

describe('a request', () => {
  it.each<[string, string, RequestInit, number]>([
    ['an unknown path', '/nowhere', {}, 404],
    ['an unknown path under /v1', '/v1/nowhere', {}, 404],
    ['a method that a path does not take', '/v1/mails', { method: 'DELETE' }, 404],
    ['an id of another kind', '/v1/mails/budget:default', {}, 404],
    ['an id of nobody', '/v1/mails/mail:nobody.example:x', {}, 404],
    ['a hostile id', `/v1/mails/${encodeURIComponent("mail:a:b' OR '1'='1")}`, {}, 404],
    ['an id that climbs', `/v1/mails/${encodeURIComponent('mail:a:../../etc/passwd')}`, {}, 404],
    ['an endless id', `/v1/mails/mail:a:${'x'.repeat(5_000)}`, {}, 404],
  ])('with %s is a %s problem', async (_, path, init, status) => {
    await problemOf(await world.ask(path, init), status);
  });

  it.each<[string, RequestInit, number, string?]>([
    ['broken JSON', { headers: json, body: '{' }, 400],
    ['a list', { headers: json, body: '[]' }, 422, '(all)'],
    ['an unknown field', { headers: json, body: '{"recipient":["a@example.com"]}' }, 422, '(all)'],
    ['a recipient that is no address', { headers: json, body: '{"recipients":["x"]}' }, 422, 'recipients.0'],
    [
      'a new line in an address',
      { headers: json, body: '{"to":"a@b.example\\r\\nRCPT TO:<c@d.example>"}' },
      422,
      'to',
    ],
    ['all as a word', { headers: json, body: '{"all":"yes"}' }, 422, 'all'],
    ['JSON that does not say so', { headers: { 'content-type': 'text/plain' }, body: '{}' }, 415],
    ['a form', { body: new URLSearchParams({ all: 'true' }) }, 415],
    ['a body that is too large', { headers: json, body: `{"id":"${'x'.repeat(70_000)}"}` }, 413],
  ])('to resend with %s is refused', async (_, init, status, field) => {
    const answer = await world.ask(`/v1/mails/${id}/resend`, { method: 'POST', ...init });
    const problem = await problemOf(answer, status);
    if (field !== undefined) expect(problem.errors?.[0]?.field).toBe(field);
  });

  it.each(['hold', 'release', 'cancel'])('to %s takes no fields', async (asked) => {
    const init = { method: 'POST', headers: json, body: '{"to":"a@example.com"}' };
    await problemOf(await world.ask(`/v1/mails/${id}/${asked}`, init), 422);
  });
});

describe('a mail', () => {
  it('without a worker that tells about it is a 504 that points to /health', async () => {
    const problem = await problemOf(await world.ask(`/v1/mails/${id}`), 504);
    expect(problem.type).toBe('urn:everpost:problem:worker-silent');
    expect(problem.detail).toContain('/health');
  });

  it('whose bytes are gone cannot be sent again', async () => {
    const problem = await problemOf(await world.ask(`/v1/mails/${id}/resend`, { method: 'POST' }), 410);
    expect(problem.detail).toContain(world.bucket);
  });

  it('whose bytes are gone cannot be shown', async () => {
    await problemOf(await world.ask(`/v1/mails/${id}/mime`), 410);
  });

  it('that was started with a foreign bucket is not read', async () => {
    const messageId = randomBytes(8).toString('hex');
    const foreign = `mail:${world.domain}:${messageId}`;
    const notice = {
      source: 'ses',
      domain: world.domain,
      bucket: 'somebody-else',
      key: messageId,
      messageId,
      receivedAt: new Date().toISOString(),
    };
    await world.client.workflow.start('mailWorkflow', {
      workflowId: foreign,
      taskQueue: world.config.name,
      args: [{ notice, attentionDays: 7 }],
    });
    await problemOf(await world.ask(`/v1/mails/${foreign}/mime`), 404);
  });
});

describe('an outage', () => {
  it('of Temporal is a 503 within seconds, for whatever is asked', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const app = createApp({ ...world.dependencies, temporal: new Client({ connection }) });
    const headers = { authorization: `Bearer ${KEY}` };
    const answers = await Promise.all([
      app.request('/v1/mails', { headers }),
      app.request(`/v1/mails/${id}`, { headers }),
      app.request(`/v1/mails/${id}/mime`, { headers }),
      app.request(`/v1/mails/${id}/hold`, { method: 'POST', headers }),
    ]);
    for (const answer of answers) {
      const problem = await problemOf(answer, 503);
      expect(problem.type).toBe('urn:everpost:problem:temporal-unavailable');
      expect(problem.detail).toContain('TEMPORAL_ADDRESS');
    }
    // Not closed: the SDK's own retry may be pending, and would fail on a closed channel where nobody listens.
  });

  it('of S3 and DynamoDB is a 503 that names the place', async () => {
    const away = new S3Client({
      region: 'us-east-2',
      endpoint: 'http://127.0.0.1:1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    const headers = { authorization: `Bearer ${KEY}` };
    const noS3 = createApp({ ...world.dependencies, mailStore: openMailStore(away) });
    const mime = await problemOf(await noS3.request(`/v1/mails/${id}/mime`, { headers }), 503);
    expect(mime.detail).toContain('S3');
    const noTable = createApp({
      ...world.dependencies,
      ledger: openLedger(world.aws.dynamodb, 'no-such-table'),
    });
    const unheld = `/v1/mails/mail:${world.domain}:unheld`;
    const ledger = await problemOf(await noTable.request(unheld, { headers }), 503);
    expect(ledger.detail).toContain('ledger');
  });

  it('that nobody foresaw is a 500 which tells nothing of the inside', async () => {
    const app = createApp({
      ...world.dependencies,
      ledger: {
        rows: () => {
          throw new Error('secret of the inside');
        },
      },
      keys: {
        ...world.dependencies.keys,
        find: () => {
          throw new Error('secret of the inside');
        },
      },
    });
    const answer = await app.request('/v1/mails', { headers: { authorization: `Bearer ${KEY}` } });
    expect(JSON.stringify(await problemOf(answer, 500))).not.toContain('inside');
  });
});
