/** Whatever comes has a stated end, stops nothing behind it, and is never lost (docs/bad-input.md). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openQueue } from '../../src/stores/queue.ts';
import { mailText, sesNotification } from './mails.ts';
import { openWorld, type World } from './world.ts';

describe('bad input', () => {
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
  afterEach(async () => {
    const next = world.address(`next${n}`);
    await world.receive(mailText({ to: next }), { recipients: [next] });
    await world.inside.waitFor(next);
  });

  const result = (id: string) => world.result(id);
  const statusOf = (id: string) =>
    world.until(async () => {
      const state = await world.state(id);
      return state.status !== 'processing' && state;
    });

  const unreadable: [string, string][] = [
    ['no JSON', '{"notificationType": "Recei'],
    ['an unknown notification', '{"hello": "world"}'],
    ['a number', '7'],
    ['nothing', ' '],
    [
      'a bucket that is not ours',
      sesNotification('k', 'somebody-elses-bucket', { recipients: ['a@example.com'] }),
    ],
  ];
  it.each(unreadable)('%s on the queue is left for the dead letters with its reason', async (_, body) => {
    const before = world.notices.filter((one) => one === 'unreadable').length;
    await world.send(body);
    await world.until(async () => world.notices.filter((one) => one === 'unreadable').length > before);
    const counts = await openQueue(world.aws.sqs, world.queue).counts();
    expect(counts.inFlight + counts.waiting).toBeGreaterThan(0);
  });

  const dropped: [string, () => string][] = [
    [
      'an S3 test event',
      () => JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: world.bucket }),
    ],
    ['the echo of our own audit', () => s3Event('ObjectCreated:Copy', 'any')],
    ['the set-up notification', () => s3Event('ObjectCreated:Put', 'AMAZON_SES_SETUP_NOTIFICATION')],
  ];
  it.each(dropped)('%s is dropped and counted', async (_, body) => {
    const before = world.notices.filter((one) => one === 'dropped').length;
    await world.send(body());
    await world.until(async () => world.notices.filter((one) => one === 'dropped').length > before);
  });

  it('an S3 event of an object that carries a workflow id is dropped', async () => {
    const key = await world.store(mailText({ to: alice }), undefined, { workflow_id: 'mail:x:y' });
    const before = world.notices.filter((one) => one === 'dropped').length;
    await world.send(s3Event('ObjectCreated:Put', key));
    await world.until(async () => world.notices.filter((one) => one === 'dropped').length > before);
    expect(world.inside.receivedBy(alice)).toHaveLength(0);
  });

  it('a missing object fails with a reason that says what to do', async () => {
    await world.announce('not-there', { recipients: [alice] });
    const state = await statusOf(`mail:${world.domain}:not-there`);
    expect(state).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/no object .*not-there; put it back/),
    });
  });

  it('an empty object fails with its reason', async () => {
    const state = await statusOf(await world.receive('', { recipients: [alice] }));
    expect(state).toMatchObject({ status: 'failed', reason: expect.stringContaining('empty') });
  });

  const odd: [string, () => string | Uint8Array][] = [
    ['what is no mail at all', () => Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) % 256)],
    ['a mail without headers', () => '\r\njust a body\r\n'],
    ['a header without a body', () => 'Subject: only a header'],
    ['a header of 1 MB', () => `Subject: long\r\nX-Long: ${'a '.repeat(500_000)}\r\n\r\nbody\r\n`],
    ['150,000 header fields', () => `${'A: b\r\n'.repeat(150_000)}\r\nbody\r\n`],
    ['a header longer than what is read of it', () => `${'X-A: b\r\n'.repeat(800_000)}\r\nbody\r\n`],
    ['NUL bytes', () => `Subject: n\0ul\r\n\r\nbo\0dy\r\n`],
    ['a line of 100,000 characters', () => `Subject: line\r\n\r\n${'x'.repeat(100_000)}\r\n`],
    ['a body that ends without a line end', () => 'Subject: end\r\n\r\nlast line'],
    ['a final dot of its own', () => 'Subject: dot\r\n\r\n.\r\nQUIT\r\n'],
  ];
  it.each(odd)('%s is delivered as it is', async (_, make) => {
    const bytes = Buffer.from(make());
    const id = await world.receive(bytes, { recipients: [alice] });
    expect(await result(id)).toMatchObject({ status: 'delivered' });
    const [mail] = world.inside.receivedBy(alice);
    // SMTP ends every mail with a line end; bare CR and LF become CRLF (rule 29).
    const expected = Buffer.from(bytes.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
    const tail = mail!.bytes.subarray(-expected.length - 2);
    expect(tail.includes(expected) || mail!.bytes.subarray(-expected.length).equals(expected)).toBe(true);
  });

  it('bare CR and LF become CRLF and nothing else changes', async () => {
    const id = await world.receive('Subject: bare\nFrom: a@b.test\n\none\rtwo\nthree\r\n', {
      recipients: [alice],
    });
    await result(id);
    expect(world.inside.receivedBy(alice)[0]!.bytes.toString()).toMatch(
      /Subject: bare\r\nFrom: a@b\.test\r\n\r\none\r\ntwo\r\nthree\r\n$/,
    );
  });

  it('a rule with wrong types is told, and only its wrong attributes count as absent', async () => {
    const bob = world.address(`bob${n}`);
    await world.putItems('email-rules', [
      {
        email_address: { S: alice },
        forwards: { L: [{ S: bob }, { N: '5' }] },
        ooo_active: { S: 'yes' },
        keep_copy: { N: '0' },
      },
    ]);
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    const summary = await result(id);
    expect(summary.status).toBe('delivered');
    expect(world.inside.receivedBy(alice)).toHaveLength(1);
    expect(summary.notes.join('\n')).toMatch(/ooo_active/);
    expect(summary.notes.join('\n')).toMatch(/keep_copy/);
  });

  it('a mail of 50 MB is streamed, byte for byte', async () => {
    const line = `${'0123456789'.repeat(7)}\r\n`;
    const bytes = Buffer.concat([
      Buffer.from('Subject: large\r\n\r\n'),
      Buffer.alloc(50 * 1024 * 1024, line),
    ]);
    const id = await world.receive(bytes, { recipients: [alice] });
    expect((await result(id)).status).toBe('delivered');
    const [mail] = world.inside.receivedBy(alice);
    expect(mail!.bytes.includes(bytes.subarray(0, 4_000))).toBe(true);
    expect(
      mail!.bytes.subarray(mail!.bytes.indexOf('Subject: large')).subarray(0, bytes.length).equals(bytes),
    ).toBe(true);
  });

  it('a mail for 2,000 recipients reaches every one of them once, across continue-as-new', async () => {
    const recipients = Array.from({ length: 2_000 }, (_, i) => world.address(`many${n}-${i}`));
    const id = await world.receive(mailText({ to: 'undisclosed-recipients:;' }), { recipients });
    expect((await result(id)).status).toBe('delivered');
    const [first] = (await world.client.workflow.getHandle(id).fetchHistory()).events!;
    expect(first!.workflowExecutionStartedEventAttributes!.continuedExecutionRunId).toBeTruthy();
    const reached = world.inside.received
      .flatMap((mail) => mail.to)
      .filter((to) => to.startsWith(`many${n}-`));
    expect(new Set(reached).size).toBe(2_000);
    expect(reached).toHaveLength(2_000);
  }, 300_000);

  const s3Event = (eventName: string, key: string): string =>
    JSON.stringify({
      Records: [
        {
          eventSource: 'aws:s3',
          eventName,
          eventTime: new Date().toISOString(),
          s3: { bucket: { name: world.bucket }, object: { key } },
        },
      ],
    });
});
