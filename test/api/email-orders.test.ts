/** What may be asked of a mail that was handed over, by whom, and that it is not there for any other account. */
import { NativeConnection, Worker } from '@temporalio/worker';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openAccountStore } from '../../src/stores/account-store.ts';
import { openKeyStore } from '../../src/stores/key-store.ts';
import { installRuntime } from '../../src/worker/runtime.ts';
import type { SendView } from '../../workflows/send-messages.ts';
import { type ApiWorld, openApiWorld } from './api-world.ts';

const mail = {
  from: 'Shop <shop@example.com>',
  to: 'bob@example.org',
  subject: 'Hello',
  text: 'Hi',
  priority: 9,
};
let world: ApiWorld;
let worker: Worker;
let running: Promise<void>;
let id: string;
const keys: Record<string, string> = {};
const as = (name: string): Record<string, string> => ({ authorization: `Bearer ${keys[name]}` });

const send = (path: string, method: string, body?: object, headers = {}): Promise<Response> =>
  world.ask(path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const change = (which: string, body: object, headers = {}): Promise<Response> =>
  send(`/v1/emails/${which}`, 'PATCH', body, headers);
const order = (which: string, asked: string, headers = {}): Promise<Response> =>
  send(`/v1/emails/${which}/${asked}`, 'POST', undefined, headers);

// S3 is away for the worker, so nothing is composed and every mail stays where it was taken in.
beforeAll(async () => {
  world = await openApiWorld();
  const { aws, config } = world;
  const plain = { limits: {}, timeZone: 'UTC', flushAt: '23:30', paused: false };
  await openAccountStore(aws.dynamodb, config).save({ account: 'shop', ...plain });
  const store = openKeyStore(aws.dynamodb, config.tables.keys);
  for (const account of ['shop', 'news'])
    keys[account] = (await store.create({ account, scopes: ['send', 'read'], name: account })).key;
  const { temporalAddress, workflowBundlePath } = inject('environment');
  await installRuntime(pino({ level: 'silent' }));
  const connection = await NativeConnection.connect({ address: temporalAddress });
  worker = await Worker.create({
    connection,
    taskQueue: config.name,
    workflowBundle: { codePath: workflowBundlePath! },
    activities: {
      prepareSend: async (): Promise<never> => {
        throw new Error('S3 is away');
      },
    },
  });
  running = worker.run().finally(() => connection.close());
  const answer = await send('/v1/emails', 'POST', mail, as('shop'));
  id = ((await answer.json()) as { id: string }).id;
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await world.close();
});

describe('a mail that waits', () => {
  it('tells where it stands, under the id that the other calls take', async () => {
    const answer = await world.ask(`/v1/emails/${id}`, { headers: as('shop') });
    expect(answer.status).toBe(200);
    expect((await answer.json()) as SendView).toMatchObject({
      id,
      account: 'shop',
      state: 'accepted',
      priority: 9,
    });
  });

  it.each(['GET', 'PATCH', 'hold', 'release', 'cancel'])(
    'is for another account as if it were not there: %s',
    async (asked) => {
      const ask = async (which: string): Promise<Response> => {
        if (asked === 'GET') return world.ask(`/v1/emails/${which}`, { headers: as('news') });
        if (asked === 'PATCH') return change(which, { priority: 1 }, as('news'));
        return order(which, asked, as('news'));
      };
      const [theirs, none] = [await ask(id), await ask(`send:${'0'.repeat(32)}`)];
      expect([theirs.status, none.status]).toEqual([404, 404]);
      expect(await theirs.json()).toEqual(await none.json());
    },
  );

  it.each(['mail:example.com:1', 'send:', 'budget:shop', 'send:%00', `send:${'x'.repeat(300)}`])(
    'is not found under %s',
    async (wrong) => {
      expect((await world.ask(`/v1/emails/${wrong}`)).status).toBe(404);
    },
  );

  it('takes another priority, and says what cannot be one', async () => {
    const answer = await change(id, { priority: 200, sendAt: '2026-12-01T08:00:00Z' }, as('shop'));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id, priority: 200, sendAt: '2026-12-01T08:00:00Z' });
    for (const wrong of [{ priority: 256 }, { priority: -1 }, {}, { colour: 1 }, { sendAt: 'soon' }]) {
      expect((await change(id, wrong, as('shop'))).status, JSON.stringify(wrong)).toBe(422);
    }
  });

  it('is held, released and cancelled, and then takes nothing more', async () => {
    const stateOf = async (): Promise<string> =>
      ((await (await world.ask(`/v1/emails/${id}`)).json()) as SendView).state;
    expect((await order(id, 'hold', as('shop'))).status).toBe(202);
    expect(await stateOf()).toBe('held');
    expect((await order(id, 'release', as('shop'))).status).toBe(202);
    expect((await order(id, 'cancel', as('shop'))).status).toBe(202);
    expect(await stateOf()).toBe('cancelled');
    expect((await change(id, { priority: 1 }, as('shop'))).status).toBe(409);
  });
});
