/** Each activity, met by an outage of what it needs: it is repeated until that is over, and nothing goes out twice. */
import { afterEach, describe, expect, it } from 'vitest';
import type { MailSummary } from '../../workflows/messages.ts';
import { openAwsFront } from '../fakes/aws-front.ts';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

/** More failures than the AWS SDK and a local activity try through by themselves, so that Temporal must retry. */
const FAILURES = 14;

type Case = {
  activity: string;
  service: 'S3' | 'DYNAMODB';
  /** The call that fails, and from which one of its kind on. */
  call: RegExp;
  after?: number;
  prepare?: (world: World, alice: string) => Promise<void>;
  sender?: string;
  headers?: string[];
};

const away = (world: World, alice: string) =>
  world.putItems('email-rules', [
    { email_address: { S: alice }, ooo_active: { BOOL: true }, ooo_message: { S: 'Away' } },
  ]);
const forward = (world: World, alice: string) =>
  world.putItems('email-rules', [
    { email_address: { S: alice }, forwards: { L: [{ S: 'bob@outside.test' }] }, keep_copy: { BOOL: false } },
  ]);
const bounced = (world: World, alice: string) =>
  world.putItems('ses-outbound-messages', [
    {
      MessageId: { S: 'retry-bounced' },
      original_source: { S: alice },
      bouncedRecipients: { L: [{ S: 'gone@far.test' }] },
    },
  ]);

const cases: Case[] = [
  { activity: 'fetchMime', service: 'S3', call: /^GET / },
  { activity: 'planMail', service: 'DYNAMODB', call: /BatchGetItem$/ },
  { activity: 'deliverToMailbox', service: 'DYNAMODB', call: /UpdateItem$/ },
  { activity: 'forwardMail', service: 'DYNAMODB', call: /UpdateItem$/, prepare: forward },
  { activity: 'replyAway', service: 'DYNAMODB', call: /UpdateItem$/, prepare: away },
  {
    activity: 'returnBounce',
    service: 'DYNAMODB',
    call: /UpdateItem$/,
    prepare: bounced,
    sender: '',
    headers: ['In-Reply-To: <retry-bounced@us-east-2.amazonses.com>'],
  },
  { activity: 'tagAudit', service: 'S3', call: /^PUT .*x-id=CopyObject/ },
];

describe('an activity', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it.each(cases)('$activity is repeated until $service answers again', async (about) => {
    let failures = 0;
    let armed = false;
    const plain = await openWorld();
    const front = await openAwsFront(plain.environment.AWS_ENDPOINT_URL!, (call) => {
      if (!armed || !about.call.test(call) || failures >= FAILURES) return 'pass';
      failures += 1;
      return 'fail';
    });
    await plain.close();
    closing.push(() => front.close());
    const world = await openWorld({ [`AWS_ENDPOINT_URL_${about.service}`]: front.url });
    closing.push(() => world.close());
    const alice = world.address('alice');
    await about.prepare?.(world, alice);
    const sender = about.sender ?? 'someone@sender.test';
    const bytes = mailText({
      to: alice,
      from: sender || 'MAILER-DAEMON@far.test',
      headers: about.headers ?? [],
    });
    armed = true;
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(bytes, { recipients: [alice], sender });
    await world.until(() => world.client.workflow.getHandle(id).describe());
    const summary: MailSummary = await world.client.workflow.getHandle(id).result();
    expect(summary.status).toBe('delivered');
    expect(failures).toBe(FAILURES);
    const all = [...world.inside.received, ...world.outside.received].flatMap((mail) => mail.to);
    expect(new Set(all).size).toBe(all.length);
    expect(await scheduled(world, id)).toContain(about.activity);
  });

  it('is a regular one from the start where the relay has a rate, at no more than 16 events', async () => {
    const world = await openWorld({ SMTP_RATE: '50' });
    closing.push(() => world.close());
    const alice = world.address('alice');
    await forward(world, alice);
    await world.startWorker();
    world.startBridge();
    const id = await world.receive(mailText({ to: alice }), { recipients: [alice] });
    await world.outside.waitFor('bob@outside.test');
    await world.client.workflow.getHandle(id).result();
    expect(await scheduled(world, id)).toEqual(['forwardMail']);
    const history = await world.client.workflow.getHandle(id).fetchHistory();
    expect(history.events!.length).toBeLessThanOrEqual(16);
  });

  /** The activities of a workflow that were not local ones. */
  async function scheduled(world: World, id: string): Promise<string[]> {
    const history = await world.client.workflow.getHandle(id).fetchHistory();
    return history.events!.flatMap(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
  }
});
