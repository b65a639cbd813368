/** Style that a machine can judge, so that nobody has to in review. A failure names the place and what to do instead. */
import { describe, expect, it } from 'vitest';
import * as code from './tidy/code-rules.ts';
import { importProblems } from './tidy/import-rule.ts';
import { readSources } from './tidy/sources.ts';
import * as text from './tidy/text-rules.ts';

const sources = readSources();

/** Vitest prints the difference to an empty list: every problem on a line of its own. */
const none = (problems: string[]): void => expect(problems).toEqual([]);

describe('the code', () => {
  it('imports the way mail travels, and nothing imports a main.ts', () => none(importProblems(sources)));
  it('re-exports nothing', () => none(code.barrelProblems(sources)));
  it('reads the environment in src/config.ts only', () => none(code.environmentProblems(sources)));
  it('keeps src/mail free of I/O, clock, chance and Node', () => none(code.purityProblems(sources)));
  it('keeps files and functions short', () => none(code.sizeProblems(sources)));
  it('says what each file promises and each exported function means', () =>
    none(code.commentProblems(sources)));
  it('leaves nothing behind', () => none(text.leftBehindProblems(sources)));
  it('has no drawers without an owner', () => none(text.folderProblems()));
});

describe('the documents', () => {
  it('name the same variables as src/config.ts, each way', () => none(text.configurationProblems(sources)));
  it('link to what is there', () => none(text.linkProblems()));
  it('hold nobody’s mail address', () => none(text.addressProblems()));
  it('lock packages without private hosts', () => none(text.lockFileProblems()));
});
