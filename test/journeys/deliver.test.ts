/** Journeys of one mail each, from the queue to the mailbox: one for each thing a mail may meet. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

const unfolded = (bytes: Buffer): string => bytes.toString('latin1').replace(/\r\n[ \t]+/g, ' ');

describe('a mail on its way in', () => {
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

  const result = (id: string) => world.result(id);
  /** What a mail that stays open for a person shows once its first round has ended. */
  const settled = (id: string) =>
    world.until(async () => {
      const description = await world.client.workflow.getHandle(id).describe();
      const [status] = description.searchAttributes.MailStatus ?? [];
      return status !== 'processing' && { status, state: await world.state(id) };
    });
  const keyOf = (id: string): string => id.split(':')[2]!;

  it('arrives byte for byte below one Received field, and is tagged', async () => {
    const bytes = Buffer.from(
      mailText({ to: alice, body: 'Gr\xfc\xdfe\r\n.dot\r\n..two dots\r\n\0nul' }),
      'latin1',
    );
    const id = await world.receive(bytes, { recipients: [alice] });
    const [mail] = await world.inside.waitFor(alice);
    expect(mail!.bytes.subarray(-bytes.length).equals(bytes)).toBe(true);
    const added = unfolded(mail!.bytes.subarray(0, -bytes.length));
    expect(added).toMatch(
      /^Received: by \S+ \(Everpost\) id \S+ for <alice\d+@[^>]+>; \w+, \d+ \w+ 2\d{3} .* \+0000\r\n$/,
    );
    expect(mail!.from).toBe('someone@sender.test');
    expect(await result(id)).toMatchObject({ status: 'delivered', recipients: [alice] });
    const stored = await world.aws.s3.send(new GetObjectCommand({ Bucket: world.bucket, Key: keyOf(id) }));
    expect(stored.ContentType).toBe('message/rfc822');
    expect(stored.Metadata).toMatchObject({
      status: 'delivered',
      workflow_id: id,
      processed_by: world.config.name,
    });
    expect(Buffer.from(await stored.Body!.transformToByteArray()).equals(bytes)).toBe(true);
  });

  it('costs at most ten history events on the quick way', async () => {
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await result(id);
    const history = await world.client.workflow.getHandle(id).fetchHistory();
    expect(history.events!.length).toBeLessThanOrEqual(10);
  });

  it('is found by its search attributes', async () => {
    const id = await world.receive(mailText({ to: alice }), {
      recipients: [alice],
      subject: 'Quarterly figures',
    });
    await result(id);
    const query = `MailTo = "${alice}" AND MailStatus = "delivered" AND MailText = "quarterly" AND MailDomain = "${world.domain}"`;
    const found = await world.until(async () => {
      for await (const one of world.client.workflow.list({ query })) return one.workflowId;
      return undefined;
    });
    expect(found).toBe(id);
  });

  it('goes to several forwards, inside and outside, and to no mailbox without a copy', async () => {
    const [bob, carol] = [world.address(`bob${n}`), `carol${n}@outside.test`];
    await world.putItems('email-rules', [
      {
        email_address: { S: alice },
        forwards: { L: [{ S: bob }, { S: carol }] },
        keep_copy: { BOOL: false },
      },
    ]);
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    const [inside] = await world.inside.waitFor(bob);
    const [outside] = await world.outside.waitFor(carol);
    expect(inside!.from).toBe('someone@sender.test');
    expect(outside!.from).toBe('someone@sender.test');
    expect(unfolded(outside!.bytes)).toMatch(/^X-Everpost-Hop: /m);
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
  });

  it('reaches each of several recipients once, and one that refuses hides nobody', async () => {
    const others = [1, 2, 3].map((i) => world.address(`r${n}-${i}`));
    world.inside.unknownUsers.add(others[1]!);
    const id = await world.receive(mailText({ to: others.join(', ') }), { recipients: others });
    const { status, state } = await settled(id);
    expect(status).toBe('partial');
    expect(world.inside.receivedBy(others[0]!)).toHaveLength(1);
    expect(world.inside.receivedBy(others[2]!)).toHaveLength(1);
    expect(state.deliveries.find((one) => one.to === others[1])).toMatchObject({
      state: 'refused',
      reply: expect.stringContaining('5.1.1'),
    });
    const metadata = await world.until(async () => {
      const read = await world.metadata(keyOf(id));
      return read.status === 'partial' && read;
    });
    expect(metadata.invalid_inboxes).toBe(others[1]);
  });

  it('is no failure where the mailbox is unknown but a forward took it', async () => {
    const carol = `carol${n}@outside.test`;
    world.inside.unknownUsers.add(alice);
    await world.putItems('email-rules', [{ email_address: { S: alice }, forwards: { L: [{ S: carol }] } }]);
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect((await world.metadata(keyOf(id))).invalid_inboxes).toBe(alice);
  });

  it('is bounced where every mailbox refuses, and stays open for a person', async () => {
    world.inside.unknownUsers.add(alice);
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    const { status } = await settled(id);
    expect(status).toBe('bounced');
    const description = await world.client.workflow.getHandle(id).describe();
    expect(description.status.name).toBe('RUNNING');
    await world.client.workflow.getHandle(id).signal('cancel');
    expect(await result(id)).toMatchObject({ status: 'bounced' });
  });

  it('is delivered to the rest where the sender is blocked for some', async () => {
    const bob = world.address(`bob${n}`);
    await world.putItems('email-blocked-senders', [
      { email_address: { S: alice }, blocked_patterns: { L: [{ S: 'spam@*.example' }] } },
    ]);
    const id = await world.receive(mailText({ to: `${alice}, ${bob}`, from: 'SPAM@bad.example' }), {
      recipients: [alice, bob],
      sender: 'spam@bad.example',
    });
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(bob)).toHaveLength(1);
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
    expect(await world.metadata(keyOf(id))).toMatchObject({
      blocked_recipients: alice,
      blocked_sender: 'spam@bad.example',
    });
  });

  it('is tagged, then deleted, where the sender is blocked for all; the ledger still knows', async () => {
    await world.putItems('email-blocked-senders', [
      { email_address: { S: `@${world.domain}` }, blocked_patterns: { L: [{ S: '*@bad.example' }] } },
    ]);
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice], sender: 'x@bad.example' });
    expect(await result(id)).toMatchObject({ status: 'blocked' });
    await expect(world.metadata(keyOf(id))).rejects.toThrow();
    const rows = await world.parts.ledger.rows(`${world.bucket}/${keyOf(id)}`);
    expect(rows).toMatchObject([{ delivery: 'blocked', state: 'blocked', workflowId: id }]);
  });

  it('is only tagged, not deleted, where another notice of the same object may need it', async () => {
    const bob = world.address(`bob${n}`);
    const key = await world.store(mailText({ to: `${alice}, ${bob}` }));
    await world.announce(key, { recipients: [alice], destination: [alice, bob], sender: 'x@bad.example' });
    expect(await result(`mail:${world.domain}:${key}`)).toMatchObject({ status: 'blocked' });
    expect(await world.metadata(key)).toMatchObject({ status: 'blocked' });
  });

  it('is answered for a person who is away, once a sender and interval', async () => {
    await world.putItems('email-rules', [
      {
        email_address: { S: alice },
        ooo_active: { BOOL: true },
        ooo_message: { S: 'Ich bin verreist. Grüße!' },
      },
    ]);
    const sender = `friend${n}@sender.test`;
    const first = await world.receive(mailText({ to: alice, from: sender, subject: 'Lunch?' }), {
      recipients: [alice],
      sender,
    });
    const [reply] = await world.outside.waitFor(sender);
    expect(reply!.from).toBe('');
    const text = unfolded(reply!.bytes);
    expect(text).toMatch(new RegExp(`^From: .*${alice}`, 'm'));
    expect(text).toMatch(/^Auto-Submitted: auto-replied\r$/m);
    expect(text).toMatch(/^Subject: Auto: Lunch\?\r$/m);
    expect(await result(first)).toMatchObject({ status: 'delivered' });
    const second = await world.receive(mailText({ to: alice, from: sender }), {
      recipients: [alice],
      sender,
    });
    const summary = await result(second);
    expect(summary.deliveries.find((one) => one.kind === 'away')).toMatchObject({ state: 'skipped' });
    expect(world.outside.receivedBy(sender)).toHaveLength(1);
    expect(world.inside.receivedBy(alice)).toHaveLength(2);
  });

  it('as a bounce, goes back to the original sender, from the failed recipient', async () => {
    const failed = 'gone@far.test';
    const messageId = `0100018c0b5e${n}-bounced`;
    await world.putItems('ses-outbound-messages', [
      {
        MessageId: { S: messageId },
        original_source: { S: alice },
        bouncedRecipients: { L: [{ S: failed }] },
        bounceType: { S: 'Permanent' },
      },
    ]);
    const bytes = mailText({
      from: 'MAILER-DAEMON@us-east-2.amazonses.com',
      to: world.address('bounces'),
      subject: 'Delivery Status Notification (Failure)',
      headers: [`In-Reply-To: <${messageId}@us-east-2.amazonses.com>`, 'Content-Type: text/plain'],
    });
    const id = await world.receive(bytes, { recipients: [world.address('bounces')], sender: '' });
    const [mail] = await world.inside.waitFor(alice);
    expect(mail!.from).toBe('');
    const text = unfolded(mail!.bytes);
    expect(text).toMatch(/^From: .*gone@far\.test/m);
    expect(text).toMatch(/^X-Original-From: .*MAILER-DAEMON@us-east-2\.amazonses\.com/m);
    expect(text.split('\r\n\r\n')[1]).toBe(bytes.split('\r\n\r\n')[1]);
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(world.address('bounces'))).toHaveLength(0);
  });

  it('that loops is stopped, told, and sent nowhere', async () => {
    const trace = Array.from(
      { length: 50 },
      (_, hop) => `Received: from h${hop}.test by h${hop + 1}.test; Sat, 21 Nov 2026 10:00:00 +0000`,
    );
    const id = await world.receive(mailText({ to: alice, headers: trace }), { recipients: [alice] });
    const { status, state } = await settled(id);
    expect(status).toBe('failed');
    expect(state.reason).toMatch(/5\.4\.6/);
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
  });

  it('that the replaced worker had processed is left alone', async () => {
    const key = await world.store(mailText({ to: alice }), undefined, {
      processed_at: '2026-11-01T00:00:00Z',
      status: 'done',
    });
    await world.announce(key, { recipients: [alice] });
    expect(await result(`mail:${world.domain}:${key}`)).toMatchObject({
      reason: expect.stringContaining('replaced'),
    });
    expect(await world.metadata(key)).toEqual({ processed_at: '2026-11-01T00:00:00Z', status: 'done' });
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
  });
});
