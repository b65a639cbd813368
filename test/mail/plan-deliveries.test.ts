/** Deliveries: one a destination, by the right way, with the fields of one hop. */
import { describe, expect, it } from 'vitest';
import { away, lunchMail, type PlanCase, plan } from './planning.ts';
import { answerOf, ruleOf } from './rules.ts';

const awayRule = { rules: { 'alice@example.com': ruleOf('alice@example.com', { away }) } };

describe('deliveries', () => {
  const tables = answerOf([
    'alice@example.com -> x@out.example, b@example.com',
    'carol@example.com -> x@out.example',
  ]);
  const recipients = ['alice@example.com', 'b@example.com', 'carol@example.com'];
  const { deliveries } = plan({ recipients, tables }).plan;

  it('are one for each destination, with all whom it serves', () => {
    expect(deliveries.map(({ id, recipients: served }) => [id, served])).toEqual([
      ['mailbox:alice@example.com', ['alice@example.com']],
      ['mailbox:b@example.com', ['b@example.com', 'alice@example.com']],
      ['mailbox:carol@example.com', ['carol@example.com']],
      ['forward:x@out.example', ['alice@example.com', 'carol@example.com']],
    ]);
  });

  it('keep the envelope sender, and go inside or outside by their domain', () => {
    expect(new Set(deliveries.map(({ from }) => from))).toEqual(new Set(['bob@sender.example']));
    expect(deliveries.map(({ route }) => route)).toEqual(['internal', 'internal', 'internal', 'external']);
  });

  it('have one Received field each, which names a recipient only where it is the only one', () => {
    const received = deliveries.map(({ edits }) =>
      edits.flatMap((edit) => (edit.name === 'Received' && edit.edit === 'prepend' ? edit.value : [])),
    );
    expect(received.map((values) => values.length)).toEqual([1, 1, 1, 1]);
    expect(received.map(([value]) => / for (\S+);/.exec(value ?? '')?.[1])).toEqual([
      '<alice@example.com>',
      undefined,
      '<carol@example.com>',
      undefined,
    ]);
  });

  it('have a hop field where they leave us, and nowhere else', () => {
    const hops = deliveries.filter(({ edits }) => edits.some(({ name }) => name === 'X-Everpost-Hop'));
    expect(hops.map(({ id }) => id)).toEqual(['forward:x@out.example']);
  });

  it('into a mailbox have the same ledger name, whoever it was announced for', () => {
    const inside = plan({ tables: answerOf(['alice@example.com => b@example.com']) }).plan.deliveries;
    expect(inside).toMatchObject([{ id: 'mailbox:b@example.com', kind: 'forward', route: 'internal' }]);
    expect(plan({ recipients: ['b@example.com'] }).plan.deliveries).toMatchObject([{ id: inside[0]?.id }]);
  });

  it('of 2,000 recipients fit into what Temporal records in one piece, with a few sentences', () => {
    const many = Array.from({ length: 2000 }, (_, index) => `a-person-with-a-long-name-${index}@example.com`);
    const large = plan({ recipients: many }).plan;
    expect(large.deliveries).toHaveLength(2000);
    expect(JSON.stringify(large).length).toBeLessThan(2_000_000);
    expect(large.notes).toEqual(['2000 recipients have no rule: mailbox']);
  });

  it('are planned for what is no mail, which has no header', () => {
    expect(plan({ mail: '' }).plan).toMatchObject({ decision: 'deliver', subject: '', from: '' });
    expect(plan({ mail: 'just text' }).plan.deliveries).toHaveLength(1);
  });
});

describe('the null sender', () => {
  const forward: PlanCase = { sender: '', tables: answerOf(['alice@example.com -> x@out.example']) };
  const wayOf = (given: PlanCase) => {
    const { route, from } = plan(given).plan.deliveries.at(-1)!;
    return { route, from };
  };

  it.each<[string, PlanCase['facts'], { route: string; from: string }]>([
    ['stays null', {}, { route: 'external', from: '' }],
    [
      'goes by the internal port where that relays out',
      { nullSenderVia: { way: 'internal' } },
      { route: 'internal', from: '' },
    ],
    [
      'becomes a silent address where the relay refuses it',
      { nullSenderVia: { way: 'address', address: 'silent@example.com' } },
      { route: 'external', from: 'silent@example.com' },
    ],
  ])('to the outside %s', (_what, facts = {}, expected) => {
    expect(wayOf({ ...forward, facts })).toEqual(expected);
    expect(wayOf({ tables: awayRule, facts })).toEqual(expected);
  });

  it('stays null inside, whatever the way out is', () => {
    const facts = { nullSenderVia: { way: 'address', address: 'silent@example.com' } } as const;
    expect(wayOf({ sender: '', facts })).toEqual({ route: 'internal', from: '' });
    const mail = lunchMail.replaceAll('bob@sender.example', 'carol@example.com');
    expect(wayOf({ sender: 'carol@example.com', mail, tables: awayRule, facts })).toEqual({
      route: 'internal',
      from: '',
    });
  });

  it('is never blocked', () => {
    expect(plan({ sender: '', tables: answerOf(['@example.com x *']) }).plan.decision).toBe('deliver');
  });
});
