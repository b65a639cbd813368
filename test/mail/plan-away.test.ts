/** Which away replies a mail leads to, and what they say. Who may be answered at all: away-gate.test.ts. */
import { describe, expect, it } from 'vitest';
import { away, bounced, lunchMail, type PlanCase, plan, sentBy } from './planning.ts';
import { ruleOf } from './rules.ts';

const awayRule = { rules: { 'alice@example.com': ruleOf('alice@example.com', { away }) } };

describe('away replies', () => {
  const repliesOf = (given: PlanCase) =>
    plan({ tables: awayRule, ...given }).plan.deliveries.flatMap(({ reply }) => reply ?? []);

  it('go to the envelope sender, not to From or Reply-To', () => {
    const mail = `Reply-To: x@sender.example\n${lunchMail}`;
    const [, reply] = plan({
      tables: awayRule,
      mail,
      sender: 'bounces-to-me@sender.example'.replace('bounces-', ''),
    }).plan.deliveries;
    expect(reply).toMatchObject({ kind: 'away', to: 'to-me@sender.example', id: 'away:alice@example.com' });
  });

  it('are one for a person who was written to twice', () => {
    const mail = lunchMail.replace('To: ', 'Cc: alice+x@example.com\nTo: ');
    expect(repliesOf({ mail, recipients: ['alice@example.com', 'alice+x@example.com'] })).toHaveLength(1);
  });

  it('have the same pair for the same sender and text, and another for a new text', () => {
    const [first] = repliesOf({});
    const [forwarded] = repliesOf({ sender: 'SRS0=HHHH=TT=sender.example=BOB@fwd.example' });
    const [changed] = repliesOf({
      tables: {
        rules: {
          'alice@example.com': ruleOf('alice@example.com', { away: { ...away, text: 'Still away.' } }),
        },
      },
    });
    expect(forwarded?.pair).toBe(first?.pair);
    expect(changed?.pair).not.toBe(first?.pair);
  });

  it.each<[string, PlanCase]>([
    [
      'after their end',
      {
        tables: {
          rules: {
            'alice@example.com': ruleOf('alice@example.com', { away: { ...away, end: '2025-08-03' } }),
          },
        },
      },
    ],
    ['to a blocked sender', { tables: { ...awayRule, blocked: { '@example.com': ['*@sender.example'] } } }],
    ['to a list', { mail: `List-Id: <x>\n${lunchMail}` }],
    ['for an S3 event', { notice: { source: 's3' } }],
    [
      'to a bounce',
      { ...bounced, tables: { ...awayRule, messages: sentBy('alice@example.com', 'x@out.example') } },
    ],
  ])('are not sent %s', (_when, given) => expect(repliesOf(given)).toEqual([]));

  it('have few references, the first and the latest', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `<m${index}@sender.example>`);
    const [reply] = repliesOf({ mail: lunchMail.replace('<lunch-1@sender.example>', ids.join('\n ')) });
    const kept = reply?.references?.split(' ') ?? [];
    expect(kept).toHaveLength(20);
    expect([kept[0], kept[1], kept.at(-2), kept.at(-1)]).toEqual([
      ids[0],
      ids[82],
      ids[99],
      '<lunch-2@sender.example>',
    ]);
  });

  it('explain themselves, and so do those that are not sent', () => {
    expect(plan({ tables: awayRule }).plan.notes.at(-1)).toBe(
      'alice@example.com is away: a reply, by rule alice@example.com (version 00000000); a person wrote to them (mail rule 43)',
    );
    expect(plan({ tables: awayRule, sender: '' }).plan.notes.at(-1)).toBe(
      'alice@example.com is away: no reply, by rule alice@example.com (version 00000000); the sender is the null sender (mail rule 38)',
    );
  });

  it('name dates that cannot be read', () => {
    const rules = { 'alice@example.com': ruleOf('alice@example.com', { away: { ...away, start: 'soon' } }) };
    expect(plan({ tables: { rules } }).plan.notes).toContain(
      '"soon" in rule alice@example.com (version 00000000) is no ISO 8601 date and is ignored',
    );
  });
});
