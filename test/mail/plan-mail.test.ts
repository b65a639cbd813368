/**
 * The decision about a mail, whole. Each case of the first table is a golden plan in `test/fixtures/plans`; the
 * sentences below it say what must hold whatever the plans look like.
 */
import { describe, expect, it } from 'vitest';
import { DELIVERIES_MAX } from '../../src/mail/plan.ts';
import { hopField } from '../../src/mail/trace.ts';
import { expectGolden } from './golden.ts';
import { bounced, factsOf, lunchMail, type PlanCase, plan, sentBy, sesId } from './planning.ts';
import { answerOf, ruleOf } from './rules.ts';

const cases: Record<string, PlanCase> = {
  'no-rule': {},
  'forwards-inside-and-outside': {
    recipients: ['Alice+lunch@example.com', 'carol@example.org'],
    tables: answerOf([
      'alice@example.com => x@out.example, b@example.com, bob@sender.example',
      'b@example.com -> x@out.example, y@out.example',
      '@example.org -> carol@example.org, b@example.com',
    ]),
  },
  'blocked-for-some': {
    recipients: ['alice@example.com', 'carol@example.com'],
    tables: answerOf(['alice@example.com x *@sender.example']),
  },
  'blocked-for-all': {
    recipients: ['alice@example.com', 'carol@example.com'],
    tables: answerOf(['@example.com x *@sender.example']),
  },
  'away-reply': {
    tables: {
      rules: {
        'alice@example.com': ruleOf('alice@example.com', {
          version: '1a2b3c4d',
          away: {
            text: 'Ich bin im Urlaub.\nZoë hilft.',
            start: '2025-08-01',
            end: '2025-08-15',
            intervalDays: 3,
          },
        }),
      },
    },
  },
  'bounce-to-the-sender-inside': {
    ...bounced,
    tables: { messages: sentBy('Alice <alice@example.com>', 'nobody@out.example') },
  },
  'bounce-that-goes-outside': {
    ...bounced,
    tables: {
      ...answerOf(['alice@example.com -> alice@home.example']),
      messages: sentBy('alice@example.com', 'a@out.example', 'b@out.example'),
    },
  },
  'rule-with-problems': {
    tables: {
      ...answerOf(['alice@example.com -> nonsense']),
      problems: ['email-rules alice@example.com: ooo_active is "yes", expected BOOL'],
    },
  },
  'no-recipient': { recipients: [] },
};

describe('the plan of a mail', () => {
  it.each(Object.entries(cases))('%s', (name, given) => {
    expectGolden(`plans/${name}.json`, `${JSON.stringify(plan(given).plan, undefined, 2)}\n`);
  });
});

describe('look-ups', () => {
  it('are one for a mail and all its recipients', () => {
    const { questions } = plan({ recipients: ['alice+x@example.com', 'bob@example.com'] });
    expect(questions).toEqual([
      {
        keys: ['alice+x@example.com', 'alice@example.com', '@example.com', 'bob@example.com'],
        messageIds: [],
      },
    ]);
  });

  it('are one for a bounce whose sender is its recipient', () => {
    const { questions } = plan({
      ...bounced,
      tables: { messages: sentBy('alice@example.com', 'x@out.example') },
    });
    expect(questions).toHaveLength(1);
    expect(questions[0]?.messageIds).toContain(sesId);
  });

  it('go on only where a forward leads to an address of ours', () => {
    const tables = answerOf(['alice@example.com -> x@out.example, b@example.org']);
    const { questions } = plan({ tables });
    expect(questions[1]).toEqual({ keys: ['b@example.org', '@example.org'], messageIds: [] });
    expect(questions).toHaveLength(2);
  });

  it.each<[string, PlanCase]>([
    ['nobody to deliver to', { recipients: [] }],
    [
      'a mail that was processed before',
      { facts: { existingMetadata: { processed_at: '2025-01-01T00:00:00Z' } } },
    ],
    ['a loop', { mail: 'Received: by x\n'.repeat(50) }],
  ])('are none for %s', (_what, given) => expect(plan(given).questions).toEqual([]));
});

describe('a mail that is left, held or stopped', () => {
  const decisionOf = (given: PlanCase) => {
    const { decision, reason, deliveries } = plan(given).plan;
    expect(deliveries).toEqual([]);
    return `${decision}: ${reason}`;
  };

  it('is left where the replaced worker processed it, not where we did', () => {
    const processed_at = '2025-01-01T00:00:00Z';
    expect(decisionOf({ facts: { existingMetadata: { processed_at } } })).toBe(
      'leave: the worker that Everpost replaced processed it at 2025-01-01T00:00:00Z',
    );
    const ours = { facts: { existingMetadata: { processed_at, workflow_id: 'mail:example.com:m1' } } };
    expect(plan(ours).plan.decision).toBe('deliver');
  });

  it('is held without recipients, also where there is no envelope', () => {
    const reason = 'hold: neither the notice nor the header names a recipient';
    expect(decisionOf({ recipients: [] })).toBe(reason);
    expect(decisionOf({ facts: { envelope: undefined } })).toBe(reason);
  });

  it('is held where one rule forwards to thousands', () => {
    const many = Array.from({ length: DELIVERIES_MAX + 1 }, (_, index) => `x${index}@out.example`).join(', ');
    expect(decisionOf({ tables: answerOf([`alice@example.com => ${many}`]) })).toBe(
      `hold: ${DELIVERIES_MAX + 1} deliveries are more than ${DELIVERIES_MAX}: a forward list may have gone wrong`,
    );
  });

  it('is held where thousands of recipients forward to hundreds', () => {
    const recipients = Array.from({ length: 2000 }, (_, index) => `p${index}@example.com`);
    const many = Array.from({ length: 500 }, (_, index) => `x${index}@out.example`).join(', ');
    const given = { recipients, tables: answerOf([`@example.com => ${many}`]) };
    expect(decisionOf(given)).toContain('hold: 1000000 deliveries');
  });

  it('is held where its addresses are so long that the plan could not be recorded', () => {
    const domain = `${'d'.repeat(60)}.`.repeat(2);
    const recipients = Array.from(
      { length: 2000 },
      (_, index) => `${'p'.repeat(50)}${index}@${domain}example.com`,
    );
    expect(decisionOf({ recipients })).toMatch(/^hold: a plan of \d+ bytes is more than 1300000/);
  });

  it('is stopped where it comes back to whom we forwarded it for', () => {
    const hop = hopField({ id: 'm0', recipient: 'ALICE@example.com', sign: factsOf({}).sign });
    const value = hop.edit === 'prepend' ? hop.value : '';
    expect(decisionOf({ mail: `X-Everpost-Hop: ${value}\n${lunchMail}` })).toContain(
      'loop: 5.4.6 mail loop: ',
    );
    expect(plan({ mail: `X-Everpost-Hop: ${value.replace(/.$/, 'x')}\n${lunchMail}` }).plan.decision).toBe(
      'deliver',
    );
  });
});
