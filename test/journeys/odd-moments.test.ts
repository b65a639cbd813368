/** What people and outages do at the moments that nobody thinks of. */
import { DeleteBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBucket } from '../../src/stores/tables.ts';
import type { MailSummary } from '../../workflows/messages.ts';
import { scriptedSmtp } from '../fakes/scripted-smtp.ts';
import { mailText } from './mails.ts';
import { letPass } from './time.ts';
import { openWorld, type World } from './world.ts';

describe('a mail', () => {
  let world: World;
  let alice: string;
  beforeEach(async () => {
    world = await openWorld();
    alice = world.address('alice');
  });
  afterEach(() => world.close());
  const handleOf = (id: string) => world.client.workflow.getHandle(id);
  const result = (id: string): Promise<MailSummary> => handleOf(id).result();
  const atStatus = (id: string, status: string) =>
    world.until(async () => (await world.state(id)).status === status);

  it('that is cancelled before it was planned never goes out', async () => {
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.until(() => handleOf(id).describe());
    await handleOf(id).signal('cancel');
    await world.startWorker();
    expect(await result(id)).toMatchObject({ status: 'failed', deliveries: [{ state: 'cancelled' }] });
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
  });

  it('whose object was missing is delivered by a resend once somebody has put it back', async () => {
    await world.startWorker();
    world.startBridge();
    await world.announce('lost', { recipients: [alice] });
    const id = `mail:${world.domain}:lost`;
    await atStatus(id, 'failed');
    await world.store(mailText({ to: alice }), 'lost');
    await handleOf(id).signal('resend');
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
  });

  it('whose bucket goes away while it waits can be seen, held and cancelled', async () => {
    world.inside.busyUsers.add(alice);
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.until(async () => (await world.timeline(id)).some((entry) => entry.event === 'attempt'));
    await world.aws.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key: id.split(':')[2]! }));
    await world.aws.s3.send(new DeleteBucketCommand({ Bucket: world.bucket }));
    await handleOf(id).signal('hold');
    await atStatus(id, 'held');
    await createBucket(world.aws.s3, world.bucket, world.config.aws.region);
    await handleOf(id).signal('cancel');
    expect(await result(id)).toMatchObject({ deliveries: [{ state: 'cancelled' }] });
  });

  it('goes on after a signal whose argument nobody can read', async () => {
    world.inside.busyUsers.add(alice);
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.until(async () => (await world.timeline(id)).some((entry) => entry.event === 'attempt'));
    const unreadable = { metadata: { encoding: Buffer.from('binary/unknown') }, data: Buffer.from('abc') };
    await world.client.workflowService.signalWorkflowExecution({
      namespace: world.client.options.namespace,
      workflowExecution: { workflowId: id },
      signalName: 'resend',
      input: { payloads: [unreadable] },
    });
    await world.until(async () => (await world.timeline(id)).some((entry) => entry.event === 'ignored'));
    world.inside.busyUsers.delete(alice);
    await handleOf(id).signal('release');
    expect(await result(id)).toMatchObject({ status: 'delivered' });
  });

  it('held because of a rule that asks for too much is delivered by a resend once the rule is mended', async () => {
    const many = Array.from({ length: 3_000 }, (_, i) => ({ S: `x${i}@out.test` }));
    await world.putItems('email-rules', [{ email_address: { S: alice }, forwards: { L: many } }]);
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await atStatus(id, 'held');
    await world.putItems('email-rules', [{ email_address: { S: alice }, forwards: { L: [] } }]);
    await handleOf(id).signal('resend');
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
  });

  it('that is held, released and then refused stays open for all the days of attention', async () => {
    world.inside.busyUsers.add(alice);
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.until(async () => (await world.timeline(id)).some((entry) => entry.event === 'attempt'));
    await handleOf(id).signal('hold');
    await atStatus(id, 'held');
    await letPass(world.client, id, 24 * 6);
    world.inside.busyUsers.delete(alice);
    world.inside.unknownUsers.add(alice);
    await handleOf(id).signal('release');
    await atStatus(id, 'bounced');
    await letPass(world.client, id, 24 * 6);
    const { status } = await handleOf(id).describe();
    expect(status.name).toBe('RUNNING');
    await handleOf(id).signal('cancel');
    await result(id);
  });
});

it('a relay that falls silent costs no history while sixty deliveries wait for it', async () => {
  let letGo = (): void => {};
  const silence = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const relay = await scriptedSmtp({ on: { RCPT: [{ hold: silence, react: '250 2.1.5 ok' }] } });
  const world = await openWorld({ INTERNAL_SMTP_PORT: String(relay.port) });
  try {
    await world.startWorker();
    world.startBridge();
    const people = Array.from({ length: 60 }, (_, i) => world.address(`p${i}`));
    const id = await world.receive(mailText({ to: 'all' }), { recipients: people });
    await relay.saw('RCPT', 50);
    const before = (await world.client.workflow.getHandle(id).describe()).historyLength;
    for (let look = 0; look < 50; look += 1) await world.state(id);
    const after = (await world.client.workflow.getHandle(id).describe()).historyLength;
    expect(after - before).toBeLessThanOrEqual(2);
    letGo();
    expect(await world.client.workflow.getHandle(id).result()).toMatchObject({ status: 'delivered' });
  } finally {
    letGo();
    await world.close();
    await relay.stop();
  }
});
