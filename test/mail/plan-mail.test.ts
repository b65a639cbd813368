/**
 * The decision about a mail, whole. Each case of the first table is a golden plan in `test/fixtures/plans`; the
 * sentences below it say what must hold whatever the plans look like.
 */
import { describe, expect, it } from 'vitest';
import { DELIVERIES_MAX } from '../../src/mail/plan.ts';
import { hopField } from '../../src/mail/trace.ts';
import { expectGolden } from './golden.ts';
import { factsOf, lunchMail, type PlanCase, plan } from './planning.ts';
import { answerOf, ruleOf } from './rules.ts';

const sesId = '010f0198745a2c31-7c5c2a5e-9a55-4f1c-8d7b-3f1f6d2f7a10-000000';

/** A bounce of a message that alice sent, as her domain got it. */
const bounced: PlanCase = {
  sender: '',
  recipients: ['alice@example.com'],
  mail: `From: MAILER-DAEMON@us-east-2.amazonses.com
To: alice@example.com
Subject: Delivery Status Notification (Failure)
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/rfc822

Message-ID: <${sesId}@us-east-2.amazonses.com>
`,
};

const sentBy = (originalSource: string, ...bouncedRecipients: string[]) => ({
  [sesId]: { messageId: sesId, originalSource, bouncedRecipients, bounceType: 'Permanent' },
});

const away = { text: 'I am away.', intervalDays: 7 };
const awayRule = { rules: { 'alice@example.com': ruleOf('alice@example.com', { away }) } };

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
    expect(decisionOf({ recipients })).toMatch(/^hold: a plan of \d+ bytes is more than 1900000/);
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

describe('a bounce', () => {
  it('that no sent message is known for is plain mail', () => {
    expect(plan(bounced).plan).toMatchObject({
      kind: 'mail',
      deliveries: [{ id: 'mailbox:alice@example.com' }],
    });
  });

  it.each(['', 'nobody', '<>'])('of a message from «%s» is plain mail', (source) => {
    expect(plan({ ...bounced, tables: { messages: sentBy(source, 'x@out.example') } }).plan.kind).toBe(
      'mail',
    );
  });

  it('to a sender outside comes from our address and names no failed one', () => {
    const [delivery] = plan({
      ...bounced,
      tables: { messages: sentBy('bob@sender.example', 'hidden@out.example') },
    }).plan.deliveries;
    expect(delivery).toMatchObject({ id: 'bounce:bob@sender.example', route: 'external', from: '' });
    expect(delivery?.edits).toContainEqual({ edit: 'replace', name: 'From', value: 'alice@example.com' });
    expect(JSON.stringify(delivery)).not.toContain('hidden');
  });
});
