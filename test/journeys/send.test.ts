/** Journeys of outbound mail: from a call of the API to the mailbox, within the budget. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/server.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { sendQueuesOf } from '../../src/config.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { budgetQuery, type SendView } from '../../workflows/send-messages.ts';
import { letPass } from './time.ts';
import { openWorld, type World } from './world.ts';

const KEY = 'an-admin-key-of-the-tests';

describe('an outbound mail', () => {
  let world: World;
  let api: RunningApi;
  let n = 0;
  beforeAll(async () => {
    world = await openWorld({ EVERPOST_API_KEYS: KEY, EVERPOST_MODE: 'development' });
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

  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${api.url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...init.headers },
    });
  const send = async (
    mail: Record<string, unknown>,
    headers: Record<string, string> = {},
  ): Promise<string> => {
    const answer = await call('/v1/emails', {
      method: 'POST',
      headers,
      body: JSON.stringify({
        from: `shop@${world.domain}`,
        subject: 'Your order',
        text: 'Thank you.',
        ...mail,
      }),
    });
    const body = (await answer.json()) as { id: string };
    expect(answer.status, JSON.stringify(body)).toBe(202);
    return body.id;
  };
  const fresh = (): string => `customer${++n}@outside.test`;
  const workflowIdOf = (id: string): string => (id.startsWith('send:') ? id : `send:${id}`);
  const result = (id: string): Promise<SendView> =>
    world.client.workflow.getHandle(workflowIdOf(id)).result();

  it('arrives with a Message-ID that follows from it, and its state is told', async () => {
    const to = fresh();
    const id = await send({ to: [to], html: '<p>Thank you.</p>' });
    const [mail] = await world.outside.waitFor(to);
    expect(mail!.from).toBe(`shop@${world.domain}`);
    expect(mail!.bytes.toString()).toMatch(/^Message-ID: <[0-9a-f]{32}@/m);
    expect(await result(id)).toMatchObject({ state: 'sent', category: 'transactional' });
    const seen = await (await call(`/v1/emails/${id}`)).json();
    expect(seen).toMatchObject({ state: 'sent' });
  });

  it('handed over twice with one idempotency key is sent once; with another body it is refused', async () => {
    const to = fresh();
    const headers = { 'idempotency-key': `order-${n}` };
    const first = await send({ to: [to] }, headers);
    expect(await send({ to: [to] }, headers)).toBe(first);
    const other = { from: `shop@${world.domain}`, to: [to], subject: 'Another', text: 'x' };
    const refused = await call('/v1/emails', { method: 'POST', headers, body: JSON.stringify(other) });
    expect(refused.status).toBe(422);
    await result(first);
    expect(world.outside.receivedBy(to)).toHaveLength(1);
  });

  it('is kept from one recipient by another’s refusal in no way, and says what became of each', async () => {
    const [good, bad] = [fresh(), fresh()];
    world.outside.unknownUsers.add(bad);
    const view = await result(await send({ to: [good], cc: [bad] }));
    expect(view.state).toBe('partial');
    expect(view.recipients.map((one) => [one.to, one.state])).toEqual([
      [good, 'delivered'],
      [bad, 'refused'],
    ]);
  });

  it('to a suppressed address is rejected, published, and its customer is told by a signed webhook', async () => {
    const to = fresh();
    const at = new Date().toISOString();
    await world.parts.suppressions.put([
      { address: to, account: 'default', reason: 'hard-bounce', source: 'a test', createdAt: at },
    ]);
    const hook = await webhook();
    const view = await result(await send({ to: [to], notify: { webhook: hook.url } }));
    expect(view).toMatchObject({ state: 'rejected', reason: expect.stringContaining('hard-bounce') });
    expect(hook.calls).toEqual([expect.objectContaining({ state: 'rejected', id: workflowIdOf(view.id) })]);
    expect(hook.signatures[0]).toMatch(/^v1=[0-9a-f]{64}$/);
    const rejected = openQueue(world.aws.sqs, sendQueuesOf(world.config).rejected);
    const messages = await world.until(async () => {
      const received = await rejected.receive({ max: 10, waitSeconds: 1 });
      return received.length > 0 && received;
    });
    expect(JSON.parse(messages[0]!.body)).toMatchObject({
      schema: 'everpost.rejected/v1',
      id: workflowIdOf(view.id),
    });
    hook.server.close();
  });

  it('waits for its time, and goes nowhere when it is cancelled before', async () => {
    const to = fresh();
    const id = await send({ to: [to], sendAt: new Date(Date.now() + 3_600_000).toISOString() });
    await world.until(
      async () => ((await (await call(`/v1/emails/${id}`)).json()) as SendView).state === 'scheduled',
    );
    expect((await call(`/v1/emails/${id}/cancel`, { method: 'POST', body: '{}' })).status).toBe(202);
    expect(await result(id)).toMatchObject({ state: 'cancelled' });
    expect(world.outside.receivedBy(to)).toHaveLength(0);
  });

  it('beyond a limit of three a day waits for the next day, the most urgent first', async () => {
    const account = `small${n}`;
    await world.parts.accounts.save({
      account,
      limits: { perDay: 3 },
      timeZone: 'UTC',
      flushAt: '23:30',
      paused: false,
    });
    const early = await Promise.all([fresh(), fresh(), fresh()].map((to) => send({ account, to: [to] })));
    await Promise.all(early.map(result));
    const [calm, urgent] = [fresh(), fresh()];
    const calmId = await send({ account, to: [calm], priority: 10 });
    const urgentId = await send({ account, to: [urgent], priority: 200 });
    const budget = world.client.workflow.getHandle(`budget:${account}`);
    const waiting = await world.until(async () => {
      const seen = await budget.query(budgetQuery);
      return seen.waiting === 2 && seen;
    });
    expect(waiting).toMatchObject({ left: 0, perDay: 3 });
    expect(waiting.entries.map((entry) => entry.id)).toEqual([urgentId, calmId].map(workflowIdOf));
    expect(world.outside.receivedBy(urgent)).toHaveLength(0);
    await letPass(world.client, `budget:${account}`, 24);
    expect(await result(urgentId)).toMatchObject({ state: 'sent' });
    expect(await result(calmId)).toMatchObject({ state: 'sent' });
  });

  it('to an address that is refused for good puts it on the suppression list; the next mail to it is rejected', async () => {
    const to = fresh();
    world.outside.unknownUsers.add(to);
    expect(await result(await send({ to: [to] }))).toMatchObject({ state: 'failed' });
    expect(await result(await send({ to: [to] }))).toMatchObject({ state: 'rejected' });
  });

  it('waiting for credit is changed, held and released, and loses its place only while it is held', async () => {
    const account = `held${n}`;
    await world.parts.accounts.save({
      account,
      limits: { perDay: 1 },
      timeZone: 'UTC',
      flushAt: '23:30',
      paused: false,
    });
    await result(await send({ account, to: [fresh()] }));
    const [first, second] = [
      await send({ account, to: [fresh()], priority: 100 }),
      await send({ account, to: [fresh()], priority: 50 }),
    ];
    const budget = world.client.workflow.getHandle(`budget:${account}`);
    const order = (...ids: string[]) =>
      world.until(async () => {
        const { entries } = await budget.query(budgetQuery);
        return entries.map((entry) => entry.id).join() === ids.map(workflowIdOf).join();
      });
    await order(first, second);
    const patch = { method: 'PATCH', body: JSON.stringify({ priority: 200 }) };
    expect((await call(`/v1/emails/${second}`, patch)).status).toBe(200);
    await order(second, first);
    await call(`/v1/emails/${second}/hold`, { method: 'POST', body: '{}' });
    await order(first);
    await call(`/v1/emails/${second}/release`, { method: 'POST', body: '{}' });
    await order(second, first);
    for (const id of [first, second]) await call(`/v1/emails/${id}/cancel`, { method: 'POST', body: '{}' });
    expect(await result(first)).toMatchObject({ state: 'cancelled' });
    await order();
  });
});

/** A customer's webhook, which remembers what it was told. */
async function webhook(): Promise<{ url: string; calls: unknown[]; signatures: string[]; server: Server }> {
  const calls: unknown[] = [];
  const signatures: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push(JSON.parse(Buffer.concat(chunks).toString()));
      signatures.push(String(request.headers['everpost-signature']));
      response.writeHead(204).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    signatures,
    server,
  };
}
