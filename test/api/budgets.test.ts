/** Budgets over HTTP, with a real worker behind them: who waits, what is set, and who may see and set it. */
import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/server.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { openKeyStore, type Scope } from '../../src/stores/key-store.ts';
import type { SendView } from '../../workflows/send-messages.ts';
import { openWorld, type World } from '../journeys/world.ts';

const ADMIN = 'an-admin-key-of-the-tests';

type Answer = {
  status: number;
  left: number | null;
  waiting: number;
  paused: boolean;
  entries: { id: string; position: number; arrivedAt: string; category: string }[];
  next: number | null;
  errors: { field: string }[];
};

let world: World;
let api: RunningApi;
let n = 0;
const fresh = (): string => `b${randomBytes(4).toString('hex')}-${++n}`;

beforeAll(async () => {
  world = await openWorld({ EVERPOST_API_KEYS: ADMIN });
  await world.startWorker();
  const { aws, client, parts } = world;
  const config = { ...world.config, api: { ...world.config.api, port: 0 } };
  const apiParts = { temporal: client, aws, relays: parts.relays, startSend: sendStarter(config, client) };
  api = await startApi(config, apiParts, pino({ level: 'silent' }));
});
afterAll(async () => {
  await api.stop();
  await world.close();
});

async function ask(method: string, path: string, body?: object, key = ADMIN): Promise<Answer> {
  const answer = await fetch(`${api.url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { ...((await answer.json()) as object), status: answer.status } as Answer;
}

const keyOf = async (account: string, scopes: Scope[]): Promise<string> => {
  const store = openKeyStore(world.aws.dynamodb, world.config.tables.keys);
  return (await store.create({ account, scopes, name: 'test' })).key;
};

/** Sends a mail and returns its id. */
async function send(account: string, over: object = {}): Promise<string> {
  const mail = {
    account,
    from: `shop@${world.domain}`,
    to: `c${++n}@outside.test`,
    subject: 'Hi',
    text: 'Hi',
  };
  const answer = (await ask('POST', 'emails', { ...mail, ...over })) as Answer & { id: string };
  expect(answer.status, JSON.stringify(answer)).toBe(202);
  return answer.id;
}
const ended = (id: string): Promise<SendView> => world.client.workflow.getHandle(id).result();

describe('an account of which no budget runs', () => {
  it('is made by its limits, and shows all of them left and nobody waiting', async () => {
    const account = fresh();
    expect((await ask('GET', `budgets/${account}`)).status).toBe(404);
    const setting = { limits: { perDay: 3, perHour: 2 }, timeZone: 'Europe/Berlin', flushAt: '22:00' };
    expect(await ask('PUT', `budgets/${account}`, setting)).toEqual({
      ...setting,
      account,
      paused: false,
      status: 200,
    });
    expect(await ask('GET', `budgets/${account}`)).toMatchObject({
      ...{ status: 200, ...setting, perDay: 3, left: 3, used: 0, hour: { perHour: 2, left: 2 } },
      ...{ waiting: 0, entries: [], next: null, day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    });
  });

  it('has no figures where it has no limits', async () => {
    const account = fresh();
    await ask('PUT', `budgets/${account}`, { limits: {} });
    expect(await ask('GET', `budgets/${account}`)).toMatchObject({ perDay: null, left: null, waiting: 0 });
  });
});

describe('a budget that runs', () => {
  it('shows who waits in order, page by page, and lets them go when the limit is raised', async () => {
    const account = fresh();
    await ask('PUT', `budgets/${account}`, { limits: { perDay: 1 } });
    expect(await ended(await send(account))).toMatchObject({ state: 'sent' });
    const calm = await send(account, { priority: 10 });
    const urgent = await send(account, { priority: 200 });
    const seen = await world.until(async () => {
      const budget = await ask('GET', `budgets/${account}`);
      return budget.waiting === 2 && budget;
    });
    expect(seen).toMatchObject({ left: 0, used: 1, next: null });
    expect(seen.entries.map(({ id, position }) => [id, position])).toEqual([
      [urgent, 1],
      [calm, 2],
    ]);
    expect(seen.entries[0]).toMatchObject({ category: 'transactional', arrivedAt: expect.any(String) });
    const page = await ask('GET', `budgets/${account}?offset=0&limit=1`);
    expect([page.entries.length, page.next]).toEqual([1, 1]);
    const rest = await ask('GET', `budgets/${account}?offset=1&limit=1`);
    expect([rest.entries[0]?.id, rest.next]).toEqual([calm, null]);

    expect((await ask('PUT', `budgets/${account}`, { limits: { perDay: 3 } })).status).toBe(200);
    expect(await ended(urgent)).toMatchObject({ state: 'sent' });
    expect(await ended(calm)).toMatchObject({ state: 'sent' });
    expect(await ask('GET', `budgets/${account}`)).toMatchObject({ left: 0, used: 3, waiting: 0 });
  });

  it.each([
    ['with', { perDay: 5 }],
    ['without', {}],
  ])('holds the mails of a paused account %s limits until it is resumed', async (_, limits) => {
    const account = fresh();
    await ask('PUT', `budgets/${account}`, { limits });
    expect(await ask('POST', `budgets/${account}/pause`)).toMatchObject({
      status: 200,
      paused: true,
      limits,
    });
    const id = await send(account);
    await world.until(async () => (await ask('GET', `budgets/${account}`)).waiting === 1);
    expect(await ask('POST', `budgets/${account}/resume`)).toMatchObject({ status: 200, paused: false });
    expect(await ended(id)).toMatchObject({ state: 'sent' });
  });
});

describe('what is refused', () => {
  it.each<[string, object, string]>([
    ['a limit of 0', { limits: { perDay: 0 } }, 'limits.perDay'],
    ['a limit that is no number', { limits: { perHour: 'many' } }, 'limits.perHour'],
    ['a misspelt limit', { limits: { perday: 3 } }, 'limits'],
    ['a zone that there is not', { limits: {}, timeZone: 'Mars/Olympus' }, 'timeZone'],
    ['a time that there is not', { limits: {}, flushAt: '25:00' }, 'flushAt'],
    ['no limits', {}, 'limits'],
  ])('%s', async (_, body, field) => {
    const answer = await ask('PUT', `budgets/${fresh()}`, body);
    expect([answer.status, answer.errors.map((error) => error.field)]).toEqual([422, [field]]);
  });

  it('pausing what there is not', async () => {
    expect((await ask('POST', `budgets/${fresh()}/pause`)).status).toBe(404);
  });

  it.each<[string, string, object?]>([
    ['GET', ''],
    ['PUT', '', { limits: {} }],
    ['POST', '/pause'],
    ['POST', '/resume'],
  ])('%s %s of another account, which is as if it were not there', async (method, path, body) => {
    const [mine, other] = [fresh(), fresh()];
    for (const account of [mine, other]) await ask('PUT', `budgets/${account}`, { limits: { perDay: 7 } });
    const key = await keyOf(mine, ['read', 'admin']);
    expect((await ask(method, `budgets/${mine}${path}`, body, key)).status).toBe(200);
    for (const account of [other, fresh(), 'default'])
      expect((await ask(method, `budgets/${account}${path}`, body, key)).status).toBe(404);
    expect(await ask('GET', `budgets/${other}`)).toMatchObject({ perDay: 7, paused: false });
  });

  it('changing anything with a key that may only read and send', async () => {
    const account = fresh();
    await ask('PUT', `budgets/${account}`, { limits: {} });
    const key = await keyOf(account, ['read', 'send']);
    expect((await ask('GET', `budgets/${account}`, undefined, key)).status).toBe(200);
    expect((await ask('PUT', `budgets/${account}`, { limits: {} }, key)).status).toBe(403);
    expect((await ask('POST', `budgets/${account}/pause`, undefined, key)).status).toBe(403);
  });

  it('is described in the API’s own description', async () => {
    const { paths } = (await (await fetch(`${api.url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/budgets/{account}', '/v1/budgets/{account}/resume']),
    );
  });
});
