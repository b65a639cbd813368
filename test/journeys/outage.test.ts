/** Parts of the world go away for long, and mail waits where it is safe. */
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { startBridge } from '../../src/bridge/bridge.ts';
import { readConfig } from '../../src/config.ts';
import { openMailStore } from '../../src/stores/mail-store.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { createQueueWithDeadLetters } from '../../src/stores/tables.ts';
import { openLink } from '../fakes/cuttable-link.ts';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

describe('an outage', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const bridgeOf = (world: World, client: Client, domains = world.config.domains) => {
    const bridge = startBridge(readConfig({ ...world.environment, DOMAINS: domains.join(',') }), {
      client,
      eager: false,
      openQueue: (name) => openQueue(world.aws.sqs, name),
      mailStore: openMailStore(world.aws.s3),
      count: (_, result) => void world.notices.push(result),
      waitSeconds: 1,
      log: pino({ level: 'silent' }),
    });
    closing.push(() => bridge.stop());
    return bridge;
  };

  it('of Temporal, far longer than messages stay hidden, leaves the dead-letter queue empty and loses nothing', async () => {
    const world = await openWorld();
    closing.push(() => world.close());
    const queue = openQueue(world.aws.sqs, world.queue);
    const letters = openQueue(world.aws.sqs, `${world.queue}-dlq`);
    // Hidden for 1 s and set aside at the 5th receive: an outage of 10 s is to this queue what hours are to a usual one.
    await world.aws.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: await queue.url(), Attributes: { VisibilityTimeout: '1' } }),
    );
    const link = await openLink(world.config.temporal.address);
    closing.push(() => link.close());
    const connection = await Connection.connect({ address: link.address });
    closing.push(() => connection.close());
    await world.startWorker();
    bridgeOf(world, new Client({ connection }));
    const first = world.address('first');
    await world.receive(mailText({ to: first }), { recipients: [first] });
    await world.inside.waitFor(first);

    link.cut();
    const people = Array.from({ length: 15 }, (_, i) => world.address(`p${i}`));
    for (const to of people) await world.receive(mailText({ to }), { recipients: [to] });
    await world.until(async () => link.refused() >= 8);
    expect(await letters.counts()).toMatchObject({ waiting: 0, inFlight: 0 });

    link.mend();
    await Promise.all(people.map((to) => world.inside.waitFor(to)));
    await world.until(async () => {
      const { waiting, inFlight } = await queue.counts();
      return waiting + inFlight === 0;
    });
    expect(await letters.counts()).toMatchObject({ waiting: 0, inFlight: 0 });
    expect(people.map((to) => world.inside.receivedBy(to).length)).toEqual(people.map(() => 1));
  }, 120_000);

  it('of one queue is named and stops no other; it is polled as soon as it is there', async () => {
    const world = await openWorld();
    closing.push(() => world.close());
    await world.startWorker();
    const missing = `missing-${world.domain}`;
    const bridge = bridgeOf(world, world.client, [missing, world.domain]);
    const alice = world.address('alice');
    await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.inside.waitFor(alice);
    const stateOf = (domain: string) => bridge.state().find((one) => one.domain === domain);
    await world.until(async () => stateOf(missing)?.state === 'missing');
    expect(stateOf(missing)?.reason).toContain(`${missing.replaceAll('.', '-')}-queue`);
    expect(stateOf(world.domain)?.state).toBe('polling');
    await createQueueWithDeadLetters(world.aws.sqs, `${missing.replaceAll('.', '-')}-queue`);
    await world.until(async () => stateOf(missing)?.state === 'polling');
  });
});
