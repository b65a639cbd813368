/**
 * One attempt at one delivery, the same for mailboxes, forwards, bounces and away replies: claim the ledger row,
 * send, settle the row. An SMTP refusal is an answer and is returned; only what Temporal should repeat is thrown.
 * After a 250 nothing throws, since throwing would send the mail again.
 */
import { randomUUID } from 'node:crypto';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { DeliveryJob } from '../src/mail/delivery.ts';
import type { Outcome, SmtpReply } from '../src/mail/mail.ts';
import { describeReply, outcomeOf } from '../src/mail/outcome.ts';
import type { Claim } from '../src/stores/ledger.ts';
import type { LedgerRow } from '../src/stores/ledger-row.ts';
import { messageOf } from './message.ts';
import type { MailActivityParts } from './parts.ts';

/** How often a long attempt says that it is alive. */
const HEARTBEAT_MS = 10_000;
/** Tries at writing down that a mail was accepted. The mail has gone; only the note is missing. */
const SETTLE_TRIES = 5;

const words = (text: string): SmtpReply => ({ code: 0, text, stage: 'connect' });

/** What a claim that was not granted means for the delivery. */
function unsent(claim: { kind: 'busy'; workflowId: string; until: string } | { kind: 'unknown' }): Outcome {
  if (claim.kind === 'busy') {
    return {
      kind: 'deferred',
      reply: words(`${claim.workflowId} is sending it; its claim ends at ${claim.until}`),
    };
  }
  return {
    kind: 'unknown',
    known: true,
    reply: words('it may have arrived twice; a person decides (rule 36)'),
  };
}

type Settled = Extract<Claim, { kind: 'settled' }>;

/** After a reset the workflow counts generations anew; the ledger does not, and its newest answer is the true one. */
async function newestAnswer(parts: MailActivityParts, row: Row, claim: Settled): Promise<Outcome> {
  const rows = (await parts.ledger.rows(row.mail)).filter((one) => one.delivery === row.delivery);
  const ended = rows.filter((one) => one.state === 'accepted' || one.state === 'refused');
  const first = { state: claim.state, reply: claim.reply, generation: row.generation };
  const newest = ended.reduce<Pick<LedgerRow, 'generation' | 'state'> & { reply?: string | undefined }>(
    (best, one) => (one.generation > best.generation ? one : best),
    first,
  );
  const text = newest.reply ?? 'no words were kept';
  return {
    kind: newest.state === 'accepted' ? 'delivered' : 'refused',
    known: true,
    generation: Math.max(row.generation, ...rows.map((one) => one.generation)),
    reply: { code: Number(/^\d{3}/.exec(text)?.[0] ?? 0), text: text.replace(/^\d{3} /, ''), stage: 'done' },
  };
}

/** The ledger key of one attempt. */
const rowOf = (job: DeliveryJob, token: string) => ({
  mail: job.ledgerName ?? `${job.mail.bucket}/${job.mail.key}`,
  delivery: job.delivery.id,
  generation: job.generation,
  token,
});

type Row = ReturnType<typeof rowOf>;

/** Makes the attempt that `deliverToMailbox`, `forwardMail`, `returnBounce` and `replyAway` share. */
export const createAttempt =
  (parts: MailActivityParts) =>
  async (job: DeliveryJob): Promise<Outcome> => {
    const row = rowOf(job, randomUUID());
    const { workflowId = '', runId = '' } = activityInfo().workflowExecution ?? {};
    const claim = await parts.ledger.claim({
      ...row,
      now: new Date(),
      workflowId,
      runId,
      to: job.delivery.to,
    });
    if (claim.kind === 'settled') return newestAnswer(parts, row, claim);
    if (claim.kind !== 'claimed') return unsent(claim);
    const started = performance.now();
    const stopBeating = keepAlive();
    try {
      const reply = await send(parts, job, row);
      const outcome = outcomeOf(reply, { nullSender: job.delivery.from === '' });
      const marked: Outcome = claim.repeated ? { ...outcome, repeated: true } : outcome;
      await writeDown(parts, row, marked);
      parts.count.attempt(job.delivery.kind, outcome.kind, (performance.now() - started) / 1000);
      return marked;
    } finally {
      stopBeating();
    }
  };

/** Sends. What goes wrong on our side before a byte went out releases the claim and is thrown for a retry. */
async function send(parts: MailActivityParts, job: DeliveryJob, row: Row): Promise<SmtpReply> {
  const { delivery } = job;
  const message = await messageOf(parts.mailStore, job).catch(async (error: unknown) => {
    await parts.ledger.release({ ...row, now: new Date(), reply: String(error) });
    throw error;
  });
  if ('reply' in message) return message.reply;
  return parts.relays[delivery.route].send({
    from: delivery.from,
    to: delivery.to,
    sizeBytes: message.sizeBytes,
    eightBit: message.eightBit,
    message: message.bytes,
    neverNotify: delivery.kind === 'away',
    // Takes effect only before the message flows; a worker that stops then leaves no claim behind.
    signal: cancellationSignal(),
    ...(job.reachDataWithinMs === undefined ? {} : { reachDataWithinMs: job.reachDataWithinMs }),
  });
}

/** Ends the claim as the outcome demands. */
async function writeDown(parts: MailActivityParts, row: Row, outcome: Outcome): Promise<void> {
  const { log } = parts;
  const reply = describeReply(outcome.reply);
  const facts = { mail: row.mail, delivery: row.delivery, generation: row.generation, reply };
  log.info({ event: `delivery.${outcome.kind}`, ...facts });
  if (outcome.alert !== undefined) parts.trouble('relay', outcome.alert, facts);
  const end = async (): Promise<void> => {
    const now = new Date();
    if (outcome.kind === 'delivered') return parts.ledger.settle({ ...row, now, state: 'accepted', reply });
    if (outcome.kind === 'refused') return parts.ledger.settle({ ...row, now, state: 'refused', reply });
    if (outcome.kind === 'unknown') return parts.ledger.markUnknown({ ...row, now, reply });
    return parts.ledger.release({ ...row, now, reply });
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await end();
    } catch (error) {
      if (attempt < SETTLE_TRIES) continue;
      // A row left claimed makes the next attempt count as «once more», which is the careful reading.
      log.error({ event: 'ledger.unwritten', ...facts, error: String(error) });
      return;
    }
  }
}

/** Heartbeats while an attempt runs as a regular activity; local ones have none. */
function keepAlive(): () => void {
  if (activityInfo().isLocal) return () => {};
  const beat = setInterval(heartbeat, HEARTBEAT_MS);
  return () => clearInterval(beat);
}
