/** The times between attempts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SmtpReply } from '../../src/mail/mail.ts';
import { GIVE_UP_MS, nextAttemptDelayMs } from '../../src/mail/retry.ts';

const later: SmtpReply = { code: 451, text: 'later', stage: 'rcpt' };
const silence: SmtpReply = { code: 0, text: 'connect ECONNREFUSED', stage: 'connect' };
const minutes = (attempts: number, reply: SmtpReply, chance = 0.5): number =>
  nextAttemptDelayMs({ attempts, reply, chance }) / 60_000;

describe('the next attempt', () => {
  it.each([
    [1, 30, 1],
    [2, 60, 5],
    [3, 120, 30],
    [4, 180, 60],
    [5, 180, 120],
    [6, 180, 180],
    [7, 180, 180],
    [1_000, 180, 180],
  ])(
    'after attempt %d waits %d minutes for a server that said «later», %d where nobody answered',
    (attempts, said, silent) => {
      expect(minutes(attempts, later)).toBe(said);
      expect(minutes(attempts, silence)).toBe(silent);
    },
  );

  it('waits half an hour where our own session was refused, since only a person can mend that', () => {
    expect(minutes(1, { code: 535, text: 'authentication failed', stage: 'auth' })).toBe(30);
  });

  it.each([
    [0, 27],
    [0.25, 28.5],
    [0.75, 31.5],
  ])('is spread by chance %d to %d minutes', (chance, expected) => {
    expect(minutes(1, later, chance)).toBe(expected);
  });

  it('is never more than a tenth off, whatever the chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempts, chance) => {
          const delay = minutes(attempts, later, chance);
          expect(Math.abs(delay / minutes(attempts, later) - 1)).toBeLessThanOrEqual(0.1001);
        },
      ),
    );
  });

  it('comes twice in the first hour and a half, and some thirty times in four days', () => {
    let elapsed = 0;
    const starts = [0];
    for (let attempts = 1; elapsed + minutes(attempts, later) * 60_000 <= GIVE_UP_MS; attempts += 1) {
      elapsed += minutes(attempts, later) * 60_000;
      starts.push(elapsed / 60_000);
    }
    expect(starts.filter((minute) => minute < 60)).toHaveLength(2);
    expect(starts.length).toBeGreaterThan(25);
    expect(starts.at(-1)).toBeGreaterThan(90 * 60);
  });
});
