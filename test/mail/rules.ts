/** Rules and blocked patterns as one-line texts, so that tests can be read as tables. */
import type { DirectoryAnswer, Rule } from '../../src/mail/rule.ts';

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');

/** A rule that keeps a copy and does nothing else, with what is given. */
export const ruleOf = (address: string, given: Partial<Rule> = {}): Rule => ({
  address,
  forwards: [],
  keepCopy: true,
  version: '00000000',
  ...given,
});

/**
 * What a look-up of everything would find. `address -> forwards` keeps a copy, `address => forwards` keeps none,
 * `address x patterns` blocks.
 */
export function answerOf(lines: string[]): DirectoryAnswer {
  const answer: DirectoryAnswer = { rules: {}, blocked: {}, messages: {}, problems: [] };
  for (const line of lines) {
    const [, address = '', verb = '', rest = ''] = /^(\S+) (->|=>|x) ?(.*)$/.exec(line) ?? [];
    if (verb === 'x') answer.blocked[address] = listOf(rest);
    else answer.rules[address] = ruleOf(address, { forwards: listOf(rest), keepCopy: verb === '->' });
  }
  return answer;
}
