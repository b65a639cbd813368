/** One mail over HTTP, with the real workflow: seen, held, released, cancelled, resent, opened again, fetched. */
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { OpenAPIHono } from '@hono/zod-openapi';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.ts';
import { openKeys } from '../../src/api/keys.ts';
import type { MailDetail, MailItem } from '../../src/api/mail-schema.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { openLedger } from '../../src/stores/ledger.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { openWorld, type World } from '../journeys/world.ts';
import { eventually, KEY } from './api-world.ts';

const MAIL = ['From: Sender <sender@example.org>', 'To: you', 'Subject: Hello', '', 'The body.', ''].join(
  '\r\n',
);

let world: World;
let app: OpenAPIHono;

const ask = (path: string, body?: unknown) =>
  app.request(`/v1/mails/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const detail = async (id: string): Promise<MailDetail> => {
  const answer = await ask(id);
  if (answer.status !== 200) return (await answer.json()) as MailDetail;
  return (await answer.json()) as MailDetail;
};
const untilStatus = (id: string, status: string) =>
  eventually(
    () => detail(id),
    (mail) => mail.status === status,
  );
const receive = (local: string) =>
  world.receive(MAIL, { recipients: [world.address(local)], sender: 'sender@example.org', subject: 'Hello' });

beforeAll(async () => {
  world = await openWorld();
  await world.startWorker();
  world.startBridge();
  app = createApp({
    config: world.config,
    temporal: world.client,
    aws: world.aws,
    ledger: openLedger(world.aws.dynamodb, world.config.tables.deliveries),
    mailStore: openMailStore(world.aws.s3, { cacheBytes: 0 }),
    relays: world.parts.relays,
    keys: openKeys([KEY], []),
    startSend: sendStarter(world.config, world.client),
    now: Date.now,
    log: pino({ level: 'silent' }),
    webUiUrl: 'http://127.0.0.1:8233',
  });
});
afterAll(() => world.close());

describe('a delivered mail', () => {
  let id: string;
  beforeAll(async () => {
    id = await receive('alice');
    await untilStatus(id, 'delivered');
  });

  it('tells its story', async () => {
    const mail = await eventually(
      () => detail(id),
      (one) => !one.isOpen,
    );
    expect(mail).toMatchObject({
      id,
      source: 'workflow',
      status: 'delivered',
      from: 'sender@example.org',
      to: [world.address('alice')],
      subject: 'Hello',
      recipients: [world.address('alice')],
      stored: { bucket: world.bucket, key: id.split(':')[2] },
      webUi: `http://127.0.0.1:8233/namespaces/default/workflows/${encodeURIComponent(id)}`,
    });
    expect(mail.deliveries).toMatchObject([{ to: world.address('alice'), state: 'delivered', attempts: 1 }]);
    expect(mail.timeline.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['planned', 'attempt', 'audit']),
    );
  });

  it('is listed under its status', async () => {
    const list = async () => {
      const answer = await app.request(`/v1/mails?status=delivered&domain=${world.domain}`, {
        headers: { authorization: `Bearer ${KEY}` },
      });
      return ((await answer.json()) as { items: MailItem[] }).items;
    };
    const items = await eventually(list, (found) => found.some((item) => item.id === id));
    expect(items.find((item) => item.id === id)).toMatchObject({
      status: 'delivered',
      subject: 'Hello',
      closedAt: expect.stringContaining('T'),
    });
  });

  it('gives its bytes as an attachment', async () => {
    const answer = await ask(`${id}/mime`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('message/rfc822');
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${id.split(':')[2]}.eml"`);
    expect(answer.headers.get('content-length')).toBe(String(MAIL.length));
    expect(await answer.text()).toBe(MAIL);
  });

  it('gives no body to HEAD', async () => {
    const answer = await app.request(`/v1/mails/${id}/mime`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(answer.headers.get('content-length')).toBe(String(MAIL.length));
    expect(answer.body).toBeNull();
  });

  it.each(['hold', 'cancel'])('takes no %s', async (asked) => {
    const answer = await ask(`${id}/${asked}`, {});
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as { detail: string }).detail).toContain('resend');
  });

  it('is opened again by a resend, in a new generation, with memo and attributes kept', async () => {
    const before = world.inside.received.length;
    const answer = await ask(`${id}/resend`, { all: true, id: 'request-1' });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ id });
    const mail = await eventually(
      () => detail(id),
      (one) =>
        one.deliveries?.some((delivery) => delivery.generation === 1 && delivery.state === 'delivered'),
    );
    expect(mail).toMatchObject({ from: 'sender@example.org', domain: world.domain });
    await world.until(async () => world.inside.received.length === before + 1);
    const { memo } = await world.client.workflow.getHandle(id).describe();
    expect(memo?.recipientsDigest).toMatch(/^[0-9a-f]{8}$/);
  });

  it('cannot be sent again when its bytes are gone', async () => {
    await world.aws.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key: id.split(':')[2] }));
    for (const path of [`${id}/resend`, `${id}/release`]) expect((await ask(path, {})).status).toBe(410);
    expect((await ask(`${id}/mime`)).status).toBe(410);
  });
});

describe('a deferred mail', () => {
  it('is held, released and delivered by hand', async () => {
    const bob = world.address('bob');
    world.inside.busyUsers.add(bob);
    const id = await receive('bob');
    await eventually(
      () => detail(id),
      (mail) => mail.deliveries?.[0]?.state === 'deferred',
    );
    expect((await ask(`${id}/hold`, {})).status).toBe(202);
    expect((await untilStatus(id, 'held')).held).toBe(true);
    world.inside.busyUsers.delete(bob);
    expect((await ask(`${id}/release`, {})).status).toBe(202);
    await untilStatus(id, 'delivered');
  });

  it('is cancelled by hand, and a body is not needed', async () => {
    const carol = world.address('carol');
    world.inside.busyUsers.add(carol);
    const id = await receive('carol');
    await eventually(
      () => detail(id),
      (mail) => mail.deliveries?.[0]?.state === 'deferred',
    );
    const answer = await app.request(`/v1/mails/${id}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(answer.status).toBe(202);
    const mail = await eventually(
      () => detail(id),
      (one) => !one.isOpen,
    );
    expect(mail.deliveries[0]?.state).toBe('cancelled');
    expect(mail.timeline.some(({ event }) => event === 'cancelled')).toBe(true);
  });
});

describe('a mail beyond retention', () => {
  const id = () => `mail:${world.domain}:long-ago`;

  it('is told by its ledger rows', async () => {
    const ledger = openLedger(world.aws.dynamodb, world.config.tables.deliveries);
    const key = { mail: `${world.bucket}/long-ago`, token: 'token', now: new Date('2026-01-02T03:04:05Z') };
    const rows = [
      { delivery: 'mailbox:alice', generation: 0, state: 'refused' as const, reply: '550 no' },
      { delivery: 'mailbox:alice', generation: 1, state: 'accepted' as const, reply: '250 ok' },
      { delivery: 'mailbox:bob', generation: 0, state: 'refused' as const, reply: '550 no such user' },
    ];
    for (const row of rows) {
      const to = `${row.delivery.slice('mailbox:'.length)}@${world.domain}`;
      await ledger.claim({ ...key, ...row, workflowId: id(), runId: 'run', to });
      await ledger.settle({ ...key, ...row });
    }
    const mail = await detail(id());
    expect(mail).toMatchObject({ source: 'ledger', status: 'partial', isOpen: false });
    expect(mail.deliveries.map(({ to, state, generation }) => [to, state, generation])).toEqual([
      [world.address('alice'), 'delivered', 1],
      [world.address('bob'), 'refused', 0],
    ]);
    expect(mail.timeline).toHaveLength(3);
  });

  it('says how it can still be sent again', async () => {
    const answer = await ask(`${id()}/resend`, {});
    expect(answer.status).toBe(409);
    expect(((await answer.json()) as { detail: string }).detail).toContain('queue');
  });

  it('is nobody without a row', async () => {
    expect((await ask(`mail:${world.domain}:never-was`)).status).toBe(404);
    expect((await ask(`mail:${world.domain}:never-was/resend`, {})).status).toBe(404);
  });
});
