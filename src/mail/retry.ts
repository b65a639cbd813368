/**
 * When a deferred delivery is tried again (rule 35, RFC 5321 §4.5.4.1): twice in the first hour, then ever more
 * rarely, for four days. A relay that does not answer at all is asked sooner, since it is our own.
 */
import type { SmtpReply } from './mail.ts';

const MINUTE_MS = 60_000;

/** A delivery not accepted this long after its first attempt is given up; held time is not counted. */
export const GIVE_UP_MS = 4 * 24 * 60 * MINUTE_MS;

/** Minutes between attempts after a server's «later»; the last one repeats. */
const AFTER_REPLY: readonly number[] = [30, 60, 120, 180];
/** Minutes between attempts where nobody answered: a restarting relay is back within minutes. */
const AFTER_SILENCE: readonly number[] = [1, 5, 30, 60, 120, 180];

/** Spread on either side, so that what was deferred together does not return together. */
const JITTER = 0.1;

/**
 * Milliseconds to wait. `attempts`: those that have ended, at least 1. `reply`: that of the last one.
 * `chance`: in [0, 1), drawn by the caller.
 */
export function nextAttemptDelayMs(last: { attempts: number; reply: SmtpReply; chance: number }): number {
  const steps = last.reply.code === 0 ? AFTER_SILENCE : AFTER_REPLY;
  const step = Math.min(Math.max(last.attempts, 1), steps.length) - 1;
  const spread = 1 + JITTER * (2 * last.chance - 1);
  return Math.round(steps[step]! * MINUTE_MS * spread);
}
