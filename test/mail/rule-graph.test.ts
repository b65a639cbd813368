/**
 * The rule graph as data: rules on the left, where the mail of a recipient ends up on the right. Rules are written
 * `address -> forward, forward`, with `=>` where the mailbox keeps no copy; `address x pattern` blocks.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Known, learn, NOTHING_KNOWN } from '../../src/mail/directory.ts';
import { resolveRecipients } from '../../src/mail/rule-graph.ts';
import { answerOf } from './rules.ts';

type Asked = { to?: string[]; sender?: string; from?: string[] };

/** Looks up until nothing is missing, as the activity does, and counts how often it had to. */
function resolve(
  rules: string[],
  { to = ['a@example.com'], sender = 'bob@sender.example', from = [] }: Asked = {},
) {
  const all = answerOf(rules);
  let known: Known = NOTHING_KNOWN;
  for (let lookUps = 0; ; lookUps += 1) {
    const question = { recipients: to, sender, from, domains: ['example.com', 'example.org'], known };
    const { resolved, missing } = resolveRecipients(question);
    if (missing.length === 0) return { resolved, lookUps };
    expect(missing.some((key) => known.askedKeys.has(key))).toBe(false);
    const found = (record: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(record).filter(([key]) => missing.includes(key)));
    const answer = { ...all, rules: found(all.rules), blocked: found(all.blocked) } as typeof all;
    known = learn(known, { keys: missing, messageIds: [] }, answer);
  }
}

/** Destinations of the first recipient: `mailbox` for its own, else addresses; `blocked by` a rule. */
function ends(rules: string[], asked?: Asked): string[] {
  const { mailbox, targets, blocked } = resolve(rules, asked).resolved[0]!;
  const places = targets.map(({ to }) => to);
  return [...(mailbox ? ['mailbox'] : []), ...places, ...(blocked ? [`blocked by ${blocked.rule}`] : [])];
}

const notesOf = (rules: string[], asked?: Asked): string[] => resolve(rules, asked).resolved[0]!.notes;

describe('mail for one address goes to', () => {
  it.each<[string, string[], string[]]>([
    ['the mailbox, without a rule', [], ['mailbox']],
    [
      'the mailbox and all forwards',
      ['a@example.com -> x@out.example, y@out.example'],
      ['mailbox', 'x@out.example', 'y@out.example'],
    ],
    ['the forwards only, where no copy is kept', ['a@example.com => x@out.example'], ['x@out.example']],
    ['the mailbox, where no copy is kept and there are no forwards', ['a@example.com =>'], ['mailbox']],
    [
      'each forward once, whatever its case',
      ['a@example.com => X@out.example, x@OUT.example'],
      ['X@out.example'],
    ],
    [
      'what it can, past a forward that is no address',
      ['a@example.com => nobody, x@out.example'],
      ['x@out.example'],
    ],
    ['the mailbox, where every forward is no address', ['a@example.com => nobody'], ['mailbox']],
  ])('%s', (_what, rules, expected) => expect(ends(rules)).toEqual(expected));
});

describe('a forward to an address of ours', () => {
  it.each<[string, string[], string[]]>([
    ['without a rule is its mailbox', ['a@example.com => b@example.com'], ['b@example.com']],
    ['of another served domain is its mailbox', ['a@example.com => b@example.org'], ['b@example.org']],
    [
      'with a rule is its mailbox and its forwards',
      ['a@example.com => b@example.com', 'b@example.com -> x@out.example'],
      ['b@example.com', 'x@out.example'],
    ],
    [
      'that keeps no copy is its forwards',
      ['a@example.com => b@example.com', 'b@example.com => x@out.example'],
      ['x@out.example'],
    ],
    [
      'is found by its sub-address',
      ['a@example.com => b+t@example.com', 'b@example.com => x@out.example'],
      ['x@out.example'],
    ],
    [
      'is found by its domain',
      ['a@example.com => b@example.org', '@example.org => x@out.example'],
      ['x@out.example'],
    ],
    [
      'on two ways is reached once',
      [
        'a@example.com => b@example.com, c@example.com',
        'b@example.com => x@out.example',
        'c@example.com => x@out.example',
      ],
      ['x@out.example'],
    ],
  ])('%s', (_what, rules, expected) => expect(ends(rules)).toEqual(expected));
});

describe('a circle ends', () => {
  it.each<[string, string[], string[]]>([
    ['at itself: a forward to itself is its mailbox', ['a@example.com => a@example.com'], ['mailbox']],
    [
      'at itself, other forwards kept',
      ['a@example.com => A@example.com, x@out.example'],
      ['mailbox', 'x@out.example'],
    ],
    [
      'A to B to A',
      ['a@example.com -> b@example.com', 'b@example.com -> a@example.com'],
      ['mailbox', 'b@example.com'],
    ],
    [
      'A to B to A without copies, in the mailbox of A',
      ['a@example.com => b@example.com', 'b@example.com => a@example.com'],
      ['mailbox'],
    ],
    [
      'A to B to C to A',
      ['a@example.com -> b@example.com', 'b@example.com -> c@example.com', 'c@example.com -> a@example.com'],
      ['mailbox', 'b@example.com', 'c@example.com'],
    ],
    [
      'A to B to C to A without copies',
      ['a@example.com => b@example.com', 'b@example.com => c@example.com', 'c@example.com => a@example.com'],
      ['mailbox'],
    ],
    [
      'A to B to C to A with a way out',
      [
        'a@example.com => b@example.com',
        'b@example.com => c@example.com',
        'c@example.com => a@example.com, x@out.example',
      ],
      ['x@out.example'],
    ],
    ['at a sub-address of itself', ['a@example.com => a+copy@example.com'], ['a+copy@example.com']],
    ['at the address that a domain rule names', ['@example.com => boss@example.com'], ['boss@example.com']],
    [
      'between two domains that forward to each other',
      ['@example.com => a@example.org', '@example.org => a@example.com'],
      ['mailbox'],
    ],
  ])('%s', (_what, rules, expected) => expect(ends(rules)).toEqual(expected));

  it('after ten rules, in the mailbox of the next', () => {
    const chain = Array.from({ length: 30 }, (_, step) => `r${step}@example.com => r${step + 1}@example.com`);
    expect(ends(chain, { to: ['r0@example.com'] })).toEqual(['r10@example.com']);
    expect(resolve(chain, { to: ['r0@example.com'] }).lookUps).toBe(11);
    expect(notesOf(chain, { to: ['r0@example.com'] }).join()).toContain('comes after 10 others');
  });

  it('in every graph, and nobody’s mail is lost', () => {
    const person = fc.constantFrom('a@example.com', 'b@example.com', 'c+t@example.com', 'd@example.org');
    const place = fc.oneof(person, fc.constantFrom('x@out.example', 'bob@sender.example', 'nonsense'));
    const rule = fc.tuple(
      fc.oneof(person, fc.constantFrom('@example.com', '@example.org')),
      fc.constantFrom('->', '=>'),
      fc.array(place, { maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 8 }), fc.array(person, { minLength: 1 }), (rules, to) => {
        const lines = rules.map(([address, arrow, forwards]) => `${address} ${arrow} ${forwards.join(', ')}`);
        for (const { mailbox, targets } of resolve(lines, { to }).resolved) {
          expect(mailbox || targets.length > 0).toBe(true);
          expect(new Set(targets.map((target) => target.to)).size).toBe(targets.length);
          expect(targets.map((target) => target.to)).not.toContain('bob@sender.example');
        }
      }),
    );
  });
});

describe('the rule of an address', () => {
  const rules = [
    'a@example.com => plain@out.example',
    'a+t@example.com => tag@out.example',
    '@example.com => all@out.example',
  ];

  it.each([
    ['A+T@Example.com', 'tag@out.example'],
    ['a+other@example.com', 'plain@out.example'],
    ['a@example.com', 'plain@out.example'],
    ['b@example.com', 'all@out.example'],
    ['b+t@example.com', 'all@out.example'],
  ])('of %s leads to %s', (recipient, expected) =>
    expect(ends(rules, { to: [recipient] })).toEqual([expected]),
  );

  it('is named in the note, with its version', () => {
    expect(notesOf(rules)).toEqual(['a@example.com: one forward, by rule a@example.com (version 00000000)']);
    expect(notesOf([])).toEqual(['a@example.com has no rule: mailbox']);
  });
});

describe('the sender of the mail', () => {
  it('gets no forward of it', () => {
    const rules = ['a@example.com => Bob@sender.example, x@out.example'];
    expect(ends(rules)).toEqual(['x@out.example']);
    expect(notesOf(rules)[1]).toBe(
      'Bob@sender.example in rule a@example.com (version 00000000) is skipped: it is the sender of this mail',
    );
  });

  it('being the only forward leaves the mailbox', () => {
    expect(ends(['a@example.com => bob@sender.example'])).toEqual(['mailbox']);
  });
});

describe('a blocked sender', () => {
  const bad = { sender: 'spam@bad.example' };

  it.each<[string, string[], string[]]>([
    ['is blocked by the address itself', ['a@example.com x *@bad.example'], ['blocked by a@example.com']],
    [
      'is blocked by the domain, beside a rule of the address',
      ['a@example.com -> x@out.example', '@example.com x spam@*'],
      ['blocked by @example.com'],
    ],
    [
      'does not pass to an address that blocks it',
      ['a@example.com -> b@example.com', 'b@example.com x *@bad.example'],
      ['mailbox'],
    ],
    [
      'passes to the others',
      ['a@example.com => b@example.com, x@out.example', 'b@example.com x *@bad.example'],
      ['x@out.example'],
    ],
    [
      'is blocked where the only way leads to who blocks it',
      ['a@example.com => b@example.com', 'b@example.com x *@bad.example'],
      ['blocked by b@example.com'],
    ],
  ])('%s', (_what, rules, expected) => expect(ends(rules, bad)).toEqual(expected));

  it('is blocked by a sub-address through its person', () => {
    expect(ends(['a@example.com x *@bad.example'], { ...bad, to: ['a+t@example.com'] })).toEqual([
      'blocked by a@example.com',
    ]);
  });

  it('is named as it was met', () => {
    const [recipient] = resolve(['a@example.com x *@bad.example'], { from: ['y@bad.example'] }).resolved;
    expect(recipient?.blocked).toEqual({
      recipient: 'a@example.com',
      sender: 'y@bad.example',
      pattern: '*@bad.example',
      rule: 'a@example.com',
    });
  });

  it('that is the null sender is not blocked', () => {
    expect(ends(['a@example.com x *'], { sender: '', from: ['y@bad.example'] })).toEqual(['mailbox']);
  });
});

describe('many recipients', () => {
  it('are asked for in one look-up, and are one where only their case differs', () => {
    const to = ['A@example.com', 'a@example.com', 'b@example.com'];
    const { resolved, lookUps } = resolve([], { to });
    expect(resolved.map(({ recipient }) => recipient)).toEqual(['A@example.com', 'b@example.com']);
    expect(lookUps).toBe(1);
  });

  it('of one whole-domain rule share its targets', () => {
    const forwards = Array.from({ length: 2000 }, (_, index) => `x${index}@out.example`).join(', ');
    const to = Array.from({ length: 2000 }, (_, index) => `r${index}@example.com`);
    const { resolved } = resolve([`@example.com => ${forwards}`], { to });
    expect(resolved).toHaveLength(2000);
    expect(new Set(resolved.map(({ targets }) => targets.length))).toEqual(new Set([2000]));
  });
});

it('keys that an object has by itself are no rules', () => {
  expect(ends([], { to: ['__proto__'] })).toEqual(['mailbox']);
  expect(ends([], { to: ['constructor'] })).toEqual(['mailbox']);
});
