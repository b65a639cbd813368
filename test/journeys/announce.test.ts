/** Journeys of announcements: twice, for others, and without an envelope. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

describe('a mail', () => {
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

  it('announced twice is delivered once; announced for others, to them too, and to shared ones once', async () => {
    const [bob, carol] = [world.address(`bob${n}`), world.address(`carol${n}`)];
    const key = await world.store(mailText({ to: `${alice}, ${bob}, ${carol}` }));
    const id = `mail:${world.domain}:${key}`;
    await world.announce(key, { recipients: [alice, bob] });
    await result(id);
    await world.announce(key, { recipients: [bob, alice] });
    await world.announce(key, { recipients: [bob, carol] });
    await world.inside.waitFor(carol);
    await world.until(async () => world.notices.filter((one) => one === 'duplicate').length > 0);
    const rows = await world.until(async () => {
      const found = await world.parts.ledger.rows(`${world.bucket}/${key}`);
      return found.every((row) => row.state === 'accepted') && found;
    });
    expect(rows.map((row) => row.to).sort()).toEqual([alice, bob, carol].sort());
    expect([alice, bob, carol].map((to) => world.inside.receivedBy(to).length)).toEqual([1, 1, 1]);
  });

  it('known only from an S3 event gets its envelope from the header, and no away reply', async () => {
    await world.putItems('email-rules', [
      { email_address: { S: alice }, ooo_active: { BOOL: true }, ooo_message: { S: 'Away' } },
    ]);
    const sender = `s3sender${n}@sender.test`;
    const key = await world.store(`Return-Path: <${sender}>\r\n${mailText({ to: alice, from: sender })}`);
    await world.send(
      JSON.stringify({
        Records: [
          {
            eventSource: 'aws:s3',
            eventName: 'ObjectCreated:Put',
            eventTime: new Date().toISOString(),
            s3: { bucket: { name: world.bucket }, object: { key, size: 100 } },
          },
        ],
      }),
    );
    const summary = await result(`mail:${world.domain}:${key}`);
    expect(summary).toMatchObject({ status: 'delivered', recipients: [alice] });
    expect(summary.deliveries.map((one) => one.kind)).toEqual(['mailbox']);
    expect(world.inside.receivedBy(alice)[0]!.from).toBe(sender);
  });

  it('of another object with the same last part of its key is a mail of its own', async () => {
    const bob = world.address(`bob${n}`);
    const keys = [`a${n}/same`, `b${n}/same`];
    await world.store(mailText({ to: alice }), keys[0]);
    await world.store(mailText({ to: bob }), keys[1]);
    for (const key of keys) {
      const s3 = { bucket: { name: world.bucket }, object: { key } };
      const record = {
        eventSource: 'aws:s3',
        eventName: 'ObjectCreated:Put',
        eventTime: new Date().toISOString(),
        s3,
      };
      for (const _ of [1, 2]) await world.send(JSON.stringify({ Records: [record] }));
    }
    await Promise.all([world.inside.waitFor(alice), world.inside.waitFor(bob)]);
    await world.until(async () => world.notices.length >= 4);
    expect([alice, bob].map((to) => world.inside.receivedBy(to).length)).toEqual([1, 1]);
  });
});
