/** Journeys of mails that are handed over on the send queue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendQueuesOf } from '../../src/config.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { openWorld, type World } from './world.ts';

describe('a message on the send queue', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
    await world.startWorker();
    world.startBridge();
  });
  afterAll(() => world.close());

  const queue = (name: 'send' | 'rejected') => openQueue(world.aws.sqs, sendQueuesOf(world.config)[name]);
  const put = (message: unknown): Promise<void> =>
    queue('send').send(typeof message === 'string' ? message : JSON.stringify(message));
  const mail = (to: string, more = {}) => ({
    schema: 'everpost.send/v1',
    from: `shop@${world.domain}`,
    to: [to],
    subject: 'Your order',
    text: 'Thank you.',
    ...more,
  });
  const seen = (result: string): number => world.notices.filter((one) => one === result).length;

  it('is sent, and once where it comes twice with the same key', async () => {
    const to = 'once@outside.test';
    const message = mail(to, { idempotencyKey: 'order-1' });
    await put(message);
    await put(message);
    await world.outside.waitFor(to);
    await world.until(async () => seen('started') + seen('duplicate') >= 2);
    expect(world.outside.receivedBy(to)).toHaveLength(1);
  });

  it('of an unknown version is left for the dead letters', async () => {
    await put(mail('later@outside.test', { schema: 'everpost.send/v9' }));
    await world.until(async () => seen('unreadable') > 0);
    expect(world.outside.receivedBy('later@outside.test')).toHaveLength(0);
  });

  it('that can never be sent is rejected and published, with every error by field', async () => {
    await put(mail('bad@outside.test', { priority: 999, headers: { Bcc: 'x@y.test' } }));
    await world.until(async () => seen('rejected') > 0);
    const [message] = await world.until(async () => {
      const received = await queue('rejected').receive({ max: 1, waitSeconds: 1 });
      return received.length > 0 && received;
    });
    const event = JSON.parse(message!.body);
    expect(event).toMatchObject({ schema: 'everpost.rejected/v1', state: 'rejected' });
    expect(event.errors.join('\n')).toMatch(/priority/);
    expect(event.errors.join('\n')).toMatch(/Bcc/i);
  });
});
