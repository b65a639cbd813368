/** Processes die without a word, and nothing is lost, sent twice or repeated. */
import { SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { openQueue } from '../../src/stores/queue.ts';
import { openAwsFront } from '../fakes/aws-front.ts';
import { scriptedSmtp } from '../fakes/scripted-smtp.ts';
import { runPart } from './child.ts';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

/** A promise and its key. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a process that is killed', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  const later = <T extends { close(): Promise<unknown> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  const start = async (...args: Parameters<typeof runPart>) => {
    const child = await runPart(...args);
    closing.push(() => child.kill());
    return child;
  };
  const hideFor = async (world: World, seconds: number): Promise<void> => {
    const QueueUrl = await openQueue(world.aws.sqs, world.queue).url();
    await world.aws.sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }),
    );
  };
  /** A relay that stops at one command of the first mail until the test lets it go. */
  const relayThatStopsAt = async (command: string, usual: string) => {
    const { opened, open } = gate();
    const relay = await scriptedSmtp({ on: { [command]: [{ hold: opened, react: { drop: true } }, usual] } });
    closing.push(() => relay.stop());
    return { relay, letGo: open };
  };

  const moments: [string, string, string, number][] = [
    [
      'between the last byte of a mail and the answer to it: it goes once more, marked',
      '.',
      '250 2.0.0 ok',
      2,
    ],
    ['between the claim of a delivery and its first byte: it goes once', 'RCPT', '250 2.1.5 ok', 1],
  ];
  it.each(moments)('is a worker, %s', async (_, command, usual, copies) => {
    const { relay, letGo } = await relayThatStopsAt(command, usual);
    const world = later(await openWorld({ INTERNAL_SMTP_PORT: String(relay.port) }));
    const first = await start('worker', world.environment);
    await start('bridge', world.environment);
    const alice = world.address('alice');
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await relay.saw(command);
    await first.kill();
    letGo();
    await start('worker', world.environment);
    expect(await world.client.workflow.getHandle(id).result()).toMatchObject({ status: 'delivered' });
    expect(relay.accepted).toHaveLength(1);
    expect(relay.received).toHaveLength(copies);
    if (copies === 2) expect(relay.received[1]!.content.equals(relay.received[0]!.content)).toBe(true);
    const [row] = await world.parts.ledger.rows(`${world.bucket}/${id.split(':')[2]}`);
    expect(row).toMatchObject({ state: 'accepted', unknowns: 1 });
  });

  it('is a bridge, between start and delete: the notice comes again and starts nothing', async () => {
    const world = later(await openWorld());
    await hideFor(world, 2);
    const front = later(
      await openAwsFront(world.environment.AWS_ENDPOINT_URL!, (call) =>
        call.endsWith('.DeleteMessageBatch') ? 'hold' : 'pass',
      ),
    );
    await world.startWorker();
    const first = await start('bridge', { ...world.environment, AWS_ENDPOINT_URL_SQS: front.url });
    const alice = world.address('alice');
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.until(async () => front.calls.some((call) => call.endsWith('.DeleteMessageBatch')));
    await first.kill();
    world.startBridge();
    await world.until(async () => world.notices.includes('duplicate'));
    await world.until(async () => {
      const { waiting, inFlight } = await openQueue(world.aws.sqs, world.queue).counts();
      return waiting + inFlight === 0;
    });
    expect(await world.client.workflow.getHandle(id).result()).toMatchObject({ status: 'delivered' });
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
  });

  it('may be asked to stop at any time: it ends what is in hand and exits well', async () => {
    const world = later(await openWorld());
    const all = await start('all', world.environment);
    const alice = world.address('alice');
    await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.inside.waitFor(alice);
    expect(await all.stop()).toBe(0);
    expect(all.output()).toContain('process.stopped');
  });
});

describe('a reset of many by query', () => {
  it('decides anew and repeats nothing that was accepted', async () => {
    const world = await openWorld();
    try {
      await world.startWorker();
      world.startBridge();
      const people = [1, 2, 3, 4, 5].map((i) => world.address(`p${i}`));
      world.inside.unknownUsers.add(people[4]!);
      const ids = await Promise.all(
        people.map((to) => world.receive(mailText({ to }), { recipients: [to] })),
      );
      await world.until(async () => (await world.state(ids[4]!)).status === 'bounced');
      await Promise.all(
        ids.slice(0, 4).map((id) => world.until(async () => world.client.workflow.getHandle(id).result())),
      );
      const query = `WorkflowType = "mailWorkflow" AND MailDomain = "${world.domain}"`;
      await world.until(async () => (await world.client.workflow.count(query)).count === 5);
      const jobId = `reset-${world.domain}`;
      const { namespace } = world.client.options;
      await world.client.workflowService.startBatchOperation({
        namespace,
        jobId,
        reason: 'a test',
        visibilityQuery: query,
        resetOperation: { identity: 'a test', options: { firstWorkflowTask: {}, reason: 'a test' } as never },
      });
      await world.until(async () => {
        const job = await world.client.workflowService.describeBatchOperation({ namespace, jobId });
        return Number(job.completeOperationCount) === 5;
      });
      for (const id of ids.slice(0, 4)) {
        const summary = await world.client.workflow.getHandle(id).result();
        expect(summary).toMatchObject({ status: 'delivered' });
      }
      await world.until(async () =>
        (await world.timeline(ids[4]!)).some((entry) => entry.text.includes('the ledger had the answer')),
      );
      expect(people.map((to) => world.inside.receivedBy(to).length)).toEqual([1, 1, 1, 1, 0]);
    } finally {
      await world.close();
    }
  });
});
