/** Where deliveries stand after attempts, resends, holds and releases. */
import { describe, expect, it } from 'vitest';
import * as course from '../../src/mail/course.ts';
import type { Delivery } from '../../src/mail/delivery.ts';
import type { Outcome, SmtpStage } from '../../src/mail/mail.ts';
import { GIVE_UP_MS } from '../../src/mail/retry.ts';

const MINUTE = 60_000;

const delivery = (to: string, kind: Delivery['kind'] = 'mailbox'): Delivery => ({
  id: `${kind}:${to}`,
  kind,
  route: 'internal',
  from: 'sender@sender.test',
  to,
  recipients: [to],
  because: 'a test',
  edits: [],
});

const fresh = (to = 'alice@example.com', kind: Delivery['kind'] = 'mailbox') =>
  course.newCourse(delivery(to, kind), 0, 0);

function outcome(kind: Outcome['kind'], code: number, stage: SmtpStage = 'rcpt', more = {}): Outcome {
  return { kind, reply: { code, text: 'words', stage }, ...more };
}

describe('an attempt', () => {
  const cases: [string, Outcome, course.Standing, number | undefined][] = [
    ['a 250 delivers', outcome('delivered', 250, 'done'), 'delivered', undefined],
    ['a 550 refuses', outcome('refused', 550), 'refused', undefined],
    ['a 450 waits half an hour', outcome('deferred', 450), 'deferred', 30 * MINUTE],
    ['silence waits a minute', outcome('deferred', 0, 'connect'), 'deferred', MINUTE],
    ['a first unknown goes once more', outcome('unknown', 0, 'dot'), 'deferred', MINUTE],
    [
      'a second unknown waits for a person',
      outcome('unknown', 0, 'dot', { repeated: true }),
      'unknown',
      undefined,
    ],
    [
      'an unknown of the ledger waits for a person',
      outcome('unknown', 0, 'dot', { known: true }),
      'unknown',
      undefined,
    ],
    ['a needless one is skipped', outcome('skipped', 0, 'done'), 'skipped', undefined],
  ];
  it.each(cases)('%s', (_, result, standing, dueMs) => {
    const one = fresh();
    course.afterAttempt(one, result, 0, 0.5);
    expect(one.standing).toBe(standing);
    expect(one.dueMs).toBe(dueMs);
    expect(one.attempts).toBe(1);
  });

  it('is given up after four days, with the last reply in the reason', () => {
    const one = fresh();
    let nowMs = 0;
    while (one.standing === 'pending' || one.standing === 'deferred') {
      course.afterAttempt(one, outcome('deferred', 451), nowMs, 0.5);
      nowMs = one.dueMs ?? nowMs;
    }
    expect(one.standing).toBe('expired');
    expect(nowMs).toBeLessThanOrEqual(GIVE_UP_MS);
    expect(one.reply).toMatch(/^4\.4\.7 not accepted within 4 days; last: 451 words/);
  });

  it('does not count the time it was held towards giving up', () => {
    const one = fresh();
    course.afterAttempt(one, outcome('deferred', 451), 0, 0.5);
    course.discountHeld([one], 10 * GIVE_UP_MS);
    course.afterAttempt(one, outcome('deferred', 451), 10 * GIVE_UP_MS + MINUTE, 0.5);
    expect(one.standing).toBe('deferred');
  });
});

describe('what is due', () => {
  it('is what has not begun, and what waited long enough, but nothing that is held', () => {
    const waiting = { ...fresh(), standing: 'deferred' as const, dueMs: 10 * MINUTE };
    expect(course.isDue(fresh(), false, 0)).toBe(true);
    expect(course.isDue(fresh(), true, 0)).toBe(false);
    expect(course.isDue(waiting, false, 9 * MINUTE)).toBe(false);
    expect(course.isDue(waiting, false, 10 * MINUTE)).toBe(true);
    expect(course.isDue({ ...fresh(), asked: true }, true, 0)).toBe(true);
    expect(course.nextDueInMs([waiting, fresh()], false, 4 * MINUTE)).toBe(6 * MINUTE);
    expect(course.nextDueInMs([waiting], true, 0)).toBeUndefined();
    course.wake([waiting], MINUTE);
    expect(course.isDue(waiting, false, MINUTE)).toBe(true);
  });
});

describe('a resend', () => {
  const standing = (one: course.DeliveryCourse, as: course.Standing) => Object.assign(one, { standing: as });
  const all = () => [
    standing(fresh('a@example.com'), 'delivered'),
    standing(fresh('b@example.com'), 'refused'),
    standing(fresh('c@example.com'), 'unknown'),
    standing(fresh('d@example.com', 'away'), 'refused'),
  ];
  const choices: [string, course.ResendChoice, string[]][] = [
    ['nothing named means what is not delivered', {}, ['b@example.com', 'c@example.com']],
    [
      'named recipients are meant whatever became of them',
      { recipients: ['A@example.com'] },
      ['a@example.com'],
    ],
    ['all means all but away replies', { all: true }, ['a@example.com', 'b@example.com', 'c@example.com']],
    ['a stranger is nobody', { recipients: ['x@example.com'] }, []],
  ];
  it.each(choices)('%s', (_, choice, expected) => {
    expect(course.chosenForResend(all(), choice).map((one) => one.delivery.to)).toEqual(expected);
  });

  it('begins a new generation where the old one ended, and only wakes one that still waits', () => {
    const ended = standing(fresh(), 'refused');
    expect(course.resend(ended, 3, 5)).toBe(true);
    expect(ended).toMatchObject({ generation: 3, standing: 'pending', attempts: 0, sinceMs: 5 });
    const sleeping = Object.assign(fresh(), { standing: 'deferred', dueMs: 99 });
    expect(course.resend(sleeping, 3, 5)).toBe(false);
    expect(sleeping).toMatchObject({ generation: 0, standing: 'deferred', dueMs: 5 });
    const trying = standing(fresh(), 'trying');
    expect(course.resend(trying, 3, 5)).toBe(false);
    expect(trying.standing).toBe('trying');
  });
});

describe('a mail that is opened again', () => {
  const rows: [course.Recalled | undefined, course.Standing, number][] = [
    [undefined, 'parked', 0],
    [{ id: 'x', generation: 0, state: 'open' }, 'parked', 0],
    [{ id: 'x', generation: 2, state: 'delivered', reply: '250 ok' }, 'delivered', 2],
    [{ id: 'x', generation: 1, state: 'unknown' }, 'unknown', 1],
  ];
  it.each(rows)('starts from the ledger row %j', (row, standing, generation) => {
    const one = fresh();
    course.recall(one, row);
    expect(one).toMatchObject({ standing, generation });
  });

  it('lets what was parked go when it is released, and ends it when it is cancelled', () => {
    const parked = Object.assign(fresh(), { standing: 'parked' });
    course.unpark([parked], 7);
    expect(parked).toMatchObject({ standing: 'pending', sinceMs: 7 });
    course.cancelOpen([parked]);
    expect(parked.standing).toBe('cancelled');
  });
});
