/** Journeys of mails that must wait: for a relay, for a person, for an answer that never came. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMailStarter } from '../../src/bridge/start-mail.ts';
import type { MailSummary } from '../../workflows/messages.ts';
import { scriptedSmtp } from '../fakes/scripted-smtp.ts';
import { mailText } from './mails.ts';
import { letPass } from './time.ts';
import { openWorld, type World } from './world.ts';

describe('a mail that must wait', () => {
  let world: World;
  let alice: string;
  let n = 0;
  beforeAll(async () => {
    world = await openWorld();
    await world.startWorker();
    world.startBridge();
  });
  afterAll(() => world.close());
  beforeEach(() => {
    n += 1;
    alice = world.address(`alice${n}`);
  });

  const attempts = async (id: string): Promise<number> =>
    (await world.timeline(id)).filter((entry) => entry.event === 'attempt').length;
  const atStatus = (id: string, status: string) =>
    world.until(async () => (await world.state(id)).status === status && (await world.state(id)));
  const result = (id: string): Promise<MailSummary> => world.client.workflow.getHandle(id).result();
  const receive = (to: string[] = [alice]) =>
    world.receive(mailText({ to: to.join(', ') }), { recipients: to });

  it('is delivered after the relay was down for an hour, with every attempt in its timeline', async () => {
    await world.inside.goAway();
    const id = await receive();
    await world.until(async () => (await attempts(id)) === 1);
    expect((await world.state(id)).status).toBe('processing');
    await letPass(world.client, id, 1);
    await world.until(async () => (await attempts(id)) >= 4);
    await world.inside.comeBack();
    await letPass(world.client, id, 2);
    const summary = await result(id);
    expect(summary.status).toBe('delivered');
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
    const tries = summary.timeline.filter((entry) => entry.event === 'attempt');
    expect(tries.slice(0, -1).every((entry) => entry.outcome === 'deferred')).toBe(true);
    expect(tries.at(-1)).toMatchObject({ outcome: 'delivered', text: expect.stringContaining('250') });
    expect(world.counts).toContain('alert relay');
  });

  it('does not wait for another recipient of it who is busy, and is given up for that one after four days', async () => {
    const busy = world.address(`busy${n}`);
    world.inside.busyUsers.add(busy);
    const id = await receive([alice, busy]);
    await world.inside.waitFor(alice);
    expect(await atStatus(id, 'processing')).toMatchObject({ held: false });
    await letPass(world.client, id, 24 * 4.2);
    const state = await atStatus(id, 'partial');
    expect(state.deliveries.find((one) => one.to === busy)).toMatchObject({
      state: 'expired',
      reply: expect.stringContaining('4.4.7'),
    });
    await letPass(world.client, id, 24 * 8);
    expect((await result(id)).status).toBe('partial');
  });

  it('is held and released by a person, and what slept is tried at once', async () => {
    world.inside.busyUsers.add(alice);
    const id = await receive();
    await world.until(async () => (await attempts(id)) === 1);
    const handle = world.client.workflow.getHandle(id);
    await handle.signal('hold');
    expect(await atStatus(id, 'held')).toMatchObject({ held: true });
    await world.until(async () => (await world.metadata(id.split(':')[2]!)).status === 'held');
    world.inside.busyUsers.delete(alice);
    await handle.signal('release');
    expect((await result(id)).status).toBe('delivered');
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
  });

  it('is cancelled by a person: what had not arrived never goes out', async () => {
    world.inside.busyUsers.add(alice);
    const id = await receive();
    await world.until(async () => (await attempts(id)) === 1);
    await world.client.workflow.getHandle(id).signal('cancel');
    const summary = await result(id);
    expect(summary).toMatchObject({ status: 'failed', deliveries: [{ state: 'cancelled' }] });
  });

  it('is ended by Temporal’s own cancellation as by the signal', async () => {
    world.inside.busyUsers.add(alice);
    const id = await receive();
    await world.until(async () => (await attempts(id)) === 1);
    await world.client.workflow.getHandle(id).cancel();
    expect(await result(id)).toMatchObject({ deliveries: [{ state: 'cancelled' }] });
  });

  it('is resent by a signal: to whom it did not reach, elsewhere, or to all; the same id counts once', async () => {
    const bob = world.address(`bob${n}`);
    const elsewhere = `elsewhere${n}@outside.test`;
    world.inside.unknownUsers.add(alice);
    const id = await receive([alice, bob]);
    await atStatus(id, 'partial');
    const handle = world.client.workflow.getHandle(id);
    await handle.signal('resend', { nonsense: true });
    await handle.signal('resend', { id: 'a', to: elsewhere });
    await handle.signal('resend', { id: 'a', to: elsewhere });
    await world.outside.waitFor(elsewhere);
    await handle.signal('resend', { id: 'b', recipients: [bob] });
    await world.inside.waitFor(bob, 2);
    world.inside.unknownUsers.delete(alice);
    await handle.signal('resend');
    const summary = await result(id);
    expect(summary.status).toBe('delivered');
    expect([alice, bob].map((to) => world.inside.receivedBy(to).length)).toEqual([1, 2]);
    expect(world.outside.receivedBy(elsewhere)).toHaveLength(1);
    expect(summary.timeline.filter((entry) => entry.event === 'ignored')).toHaveLength(2);
  });

  it('closes by itself after the days of attention, and is opened again by a resend', async () => {
    world.inside.unknownUsers.add(alice);
    const id = await receive();
    await atStatus(id, 'bounced');
    await letPass(world.client, id, 24 * 8);
    expect((await result(id)).status).toBe('bounced');
    world.inside.unknownUsers.delete(alice);
    const { notice } = await firstInput(id);
    await world.client.workflow.signalWithStart('mailWorkflow', {
      workflowId: id,
      taskQueue: world.config.name,
      args: [{ notice, attentionDays: 7, reopenedAt: 1 }],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      signal: 'resend',
      signalArgs: [{}],
    });
    const summary = await result(id);
    expect(summary).toMatchObject({
      status: 'delivered',
      deliveries: [{ generation: 1, state: 'delivered' }],
    });
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
  });

  it('waits held for a person where nobody can say whom it is for, and goes where they say', async () => {
    const key = await world.store('Subject: nobody\r\n\r\nto no one\r\n');
    const start = createMailStarter(world.client, {
      taskQueue: world.config.name,
      attentionDays: 7,
      eager: false,
    });
    await start({
      source: 's3',
      domain: world.domain,
      bucket: world.bucket,
      key,
      messageId: key,
      receivedAt: new Date().toISOString(),
    });
    const id = `mail:${world.domain}:${key}`;
    await atStatus(id, 'held');
    await world.client.workflow.getHandle(id).signal('resend', { to: alice });
    const [mail] = await world.inside.waitFor(alice);
    expect(mail!.bytes.toString()).toContain('to no one');
    expect((await result(id)).status).toBe('delivered');
  });

  it('goes once more where the answer to its last byte never came, marked; a second time waits for a person', async () => {
    const relay = await scriptedSmtp({ on: { '.': [{ drop: true }, { drop: true }, '250 2.0.0 ok'] } });
    const own = await openWorld({ INTERNAL_SMTP_PORT: String(relay.port) });
    try {
      await own.startWorker();
      own.startBridge();
      const bob = own.address('bob');
      const id = await own.receive(mailText({ to: bob }), { recipients: [bob] });
      await own.until(async () => (await own.timeline(id)).some((entry) => entry.outcome === 'unknown'));
      await letPass(own.client, id, 1);
      await own.until(async () => (await own.state(id)).deliveries[0]?.state === 'unknown');
      const [first, second] = relay.received;
      expect(second!.content.equals(first!.content)).toBe(true);
      expect((await own.timeline(id)).some((entry) => entry.text.includes('sent once more'))).toBe(true);
      expect((await own.state(id)).status).toBe('failed');
      await own.client.workflow.getHandle(id).signal('resend');
      expect(await own.client.workflow.getHandle(id).result()).toMatchObject({ status: 'delivered' });
      expect(relay.received).toHaveLength(3);
    } finally {
      await own.close();
      await relay.stop();
    }
  });

  async function firstInput(id: string) {
    const history = await world.client.workflow.getHandle(id).fetchHistory();
    const payload = history.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!;
    return JSON.parse(Buffer.from(payload.data!).toString('utf8'));
  }
});
