/** Handing mails over by HTTP: what is answered, what is refused and how, and who may see whose. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccountStore } from '../../src/stores/account-store.ts';
import { openKeyStore, type Scope } from '../../src/stores/key-store.ts';
import { openSendStore } from '../../src/stores/send-store.ts';
import type { SendInput } from '../../workflows/send-messages.ts';
import { type ApiWorld, openApiWorld } from './api-world.ts';

type Answer = {
  id: string;
  state: string;
  detail: string;
  type: string;
  errors: { field: string; detail: string }[];
};

const mail = { from: 'Shop <shop@example.com>', to: 'bob@example.org', subject: 'Hello', text: 'Hi' };
let world: ApiWorld;
const keys: Record<string, string> = {};

beforeAll(async () => {
  world = await openApiWorld();
  const { aws, config } = world;
  const accounts = openAccountStore(aws.dynamodb, config);
  const plain = { limits: {}, timeZone: 'UTC', flushAt: '23:30', paused: false };
  await accounts.save({ account: 'shop', ...plain });
  await accounts.save({ account: 'news', ...plain, fromDomains: ['news.example'] });
  const store = openKeyStore(aws.dynamodb, config.tables.keys);
  const make = async (name: string, account: string, scopes: Scope[]): Promise<void> => {
    keys[name] = (await store.create({ account, scopes, name })).key;
  };
  await make('shop', 'shop', ['send', 'read']);
  await make('news', 'news', ['send', 'read']);
  await make('reader', 'shop', ['read']);
  await make('sender', 'shop', ['send']);
});
afterAll(() => world.close());

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  world.ask('/v1/emails', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const as = (name: string): Record<string, string> => ({ authorization: `Bearer ${keys[name]}` });
const read = async (answer: Response): Promise<Answer> => (await answer.json()) as Answer;
const errorsOf = async (answer: Response): Promise<string[]> =>
  (await read(answer)).errors.map(({ field, detail }) => `${field}: ${detail}`);
const inputOf = async (id: string): Promise<SendInput> => {
  const { events } = await world.client.workflow.getHandle(id).fetchHistory();
  const [payload] = events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads!;
  return JSON.parse(Buffer.from(payload!.data!).toString('utf8'));
};

describe('a mail that is handed over', () => {
  it('is answered with its id, and its workflow has notice and content', async () => {
    const answer = await post({ ...mail, tags: ['order'], priority: 200 });
    expect(answer.status).toBe(202);
    const { id, state } = await read(answer);
    expect(state).toBe('accepted');
    expect(id).toMatch(/^send:[0-9a-f]{32}$/);
    const { notice } = await inputOf(id);
    expect(notice).toMatchObject({
      id: id.slice('send:'.length),
      account: 'default',
      from: 'shop@example.com',
      recipients: ['bob@example.org'],
      subject: 'Hello',
      category: 'transactional',
      priority: 200,
      tags: ['order'],
    });
    const store = openSendStore(world.aws.s3, { bucket: world.config.sends.bucket });
    expect(await store.get(notice.content)).toMatchObject({ text: 'Hi', subject: 'Hello' });
  });

  it('belongs to the account of its key', async () => {
    const { id } = await read(await post(mail, as('shop')));
    expect((await inputOf(id)).notice.account).toBe('shop');
  });

  it('is another mail each time where it has no key', async () => {
    const [one, other] = [await read(await post(mail)), await read(await post(mail))];
    expect(one.id).not.toBe(other.id);
  });
});

describe('an idempotency key', () => {
  it('with the same request is answered the same, a hundred times at once, by header or body', async () => {
    const key = randomUUID();
    const header = { 'idempotency-key': key };
    const first = await read(await post(mail, header));
    const many = await Promise.all(Array.from({ length: 100 }, () => post(mail, header)));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(await Promise.all(many.map(async (one) => (await read(one)).id)))).toEqual(
      new Set([first.id]),
    );
    expect(await read(await post({ ...mail, idempotencyKey: key }))).toEqual(first);
  });

  it('with another request is refused, and what was taken in stays', async () => {
    const header = { 'idempotency-key': randomUUID() };
    const first = await read(await post(mail, header));
    const answer = await post({ ...mail, text: 'Something else' }, header);
    expect(answer.status).toBe(422);
    expect(await read(answer)).toMatchObject({
      type: 'urn:everpost:problem:key-reused',
      errors: [{ field: 'Idempotency-Key' }],
    });
    expect(await read(await post(mail, header))).toEqual(first);
  });

  it('of two accounts makes two mails', async () => {
    const header = { 'idempotency-key': randomUUID() };
    const mine = await read(await post(mail, { ...header, ...as('shop') }));
    const theirs = await read(await post({ ...mail, from: 'a@news.example' }, { ...header, ...as('news') }));
    expect(mine.id).not.toBe(theirs.id);
  });

  it.each<[string, object, string]>([
    ['a b', {}, 'Idempotency-Key: expected 1 to 255 visible ASCII characters'],
    ['one', { idempotencyKey: 'other' }, 'idempotencyKey: differs from the Idempotency-Key of the header'],
  ])('that cannot be used is named: %j', async (key, over, expected) => {
    const answer = await post({ ...mail, ...over }, { 'idempotency-key': key });
    expect(answer.status).toBe(422);
    expect(await errorsOf(answer)).toEqual([expected]);
  });
});

describe('what is refused at once', () => {
  it('names every error by its field', async () => {
    const answer = await post({
      from: 'nobody',
      to: [],
      priority: 300,
      headers: { Bcc: 'x@example.org' },
      a: 1,
    });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const fields = (await read(answer)).errors.map(({ field }) => field);
    expect(fields.sort()).toEqual(['a', 'from', 'headers.Bcc', 'priority', 'subject', 'text', 'to']);
  });

  it.each<[string, object, string]>([
    [
      'another schema',
      { schema: 'everpost.send/v2' },
      'schema: The message has the schema "everpost.send/v2"',
    ],
    ['an unknown account', { account: 'nobody' }, 'account: there is no account nobody'],
    [
      'a header that is injected',
      { headers: { 'X-A': 'b\r\nBcc: c@example.org' } },
      'headers.X-A: has a line break',
    ],
    ['CR LF in an address', { to: 'a@example.org\r\nBcc: b@example.org' }, 'to.0: has a line break'],
    ['a time too far away', { sendAt: '2199-01-01T00:00:00Z' }, 'sendAt: is more than 366 days away'],
    [
      'an expiry before its time',
      { sendAt: '2026-05-01T08:00:00Z', expiresAt: '2026-05-01T07:00:00Z' },
      'expiresAt: is not after sendAt',
    ],
  ])('%s', async (_, over, expected) => {
    const answer = await post({ ...mail, ...over });
    expect(answer.status).toBe(422);
    expect((await errorsOf(answer)).map((error) => error.slice(0, expected.length))).toEqual([expected]);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['', 415],
    ['application/json; charset=utf-8', 202],
    ['application/vnd.everpost+json', 202],
  ])('the content type %j is answered with %d', async (type, status) => {
    expect((await post(mail, { 'content-type': type })).status).toBe(status);
  });

  it.each(['', '{', 'null', '[]', '7', '"text"'])('the body %j', async (body) => {
    expect([400, 422]).toContain((await post(body)).status);
  });

  it('a body of more than 40 MiB, and says how long it may be', async () => {
    const answer = await post({ ...mail, text: 'x'.repeat(41 * 1024 * 1024) });
    expect(answer.status).toBe(413);
    expect((await read(answer)).detail).toContain(String(40 * 1024 * 1024));
  });

  it('another account’s name, and a sender that the account may not use', async () => {
    expect(await errorsOf(await post({ ...mail, account: 'news' }, as('shop')))).toEqual([
      'account: there is no account news that this key may use',
    ]);
    expect(await errorsOf(await post(mail, as('news')))).toEqual([
      'from: must be of news.example for this account',
    ]);
  });
});

describe('a scope', () => {
  it.each([
    ['reader', 'POST', 403],
    ['sender', 'POST', 202],
    ['shop', 'POST', 202],
    ['reader', 'GET', 404],
    ['sender', 'GET', 403],
  ])('of the key %s answers %s with %d', async (key, method, status) => {
    const answer =
      method === 'POST'
        ? await post(mail, as(key))
        : await world.ask('/v1/emails/send:0', { headers: as(key) });
    expect(answer.status).toBe(status);
    if (status === 403) expect((await read(answer)).type).toBe('urn:everpost:problem:scope-missing');
  });
});
