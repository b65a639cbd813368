/** The style rules themselves: each sample must be refused for the reason that stands beside it, or pass. */
import { describe, expect, it } from 'vitest';
import * as code from './tidy/code-rules.ts';
import { importProblems } from './tidy/import-rule.ts';
import { parseSource, type Source } from './tidy/sources.ts';

type Rule = (sources: Source[]) => string[];

/** `says` is a part of the one sentence expected; without it the sample is fine. */
function check(rule: Rule, path: string, text: string, says?: string): void {
  const name = `${path} «${text.split('\n')[0]}» ${says === undefined ? 'is fine' : `is refused: ${says}`}`;
  it(name, () => {
    const problems = rule([parseSource(path, text)]);
    expect(problems).toHaveLength(says === undefined ? 0 : 1);
    if (says !== undefined) expect(problems[0]).toContain(says);
  });
}

describe('imports', () => {
  const refused = (path: string, text: string, says: string) => check(importProblems, path, text, says);
  const fine = (path: string, text: string) => check(importProblems, path, text);
  refused('src/mail/a.ts', "import { x } from 'node:fs';", 'no package and no part of Node');
  refused('src/mail/a.ts', "import type { X } from '../stores/x.ts';", 'src/mail/ may import src/mail/');
  refused('src/mail/a.ts', "type X = import('../config.ts').Config;", 'Move the shared part down');
  refused('src/stores/a.ts', "export { x } from '../../activities/x.ts';", 'src/stores/ may import');
  refused('src/bridge/a.ts', "const x = await import('../../workflows/mail.ts');", 'src/bridge/ may import');
  refused('src/api/a.ts', "import { x } from '../cli/main.ts';", 'main.ts files only wire');
  refused('workflows/a.ts', "import { x } from '../activities/x.ts';", 'types only');
  refused('workflows/a.ts', "import { createHash } from 'node:crypto';", 'may import @temporalio/workflow');
  refused('workflows/messages.ts', "import { x } from '../src/mail/x.ts';", 'types only');
  refused('workflows/messages.ts', "import type { X } from './mail.ts';", 'may import src/mail/ (types)');
  refused('src/new/a.ts', 'export const x = 1;', 'stands in no layer');
  fine('src/mail/a.ts', "import { x } from './x.ts';");
  fine('workflows/a.ts', "import type { X } from '../activities/x.ts';");
  fine('workflows/a.ts', "import { type X, type Y } from '../activities/x.ts';");
  fine('workflows/messages.ts', "import { defineSignal } from '@temporalio/workflow';");
  fine('src/api/main.ts', "import { x } from '../worker/worker.ts';");
  fine('src/worker/a.ts', "new URL('../../workflows/workflows.ts', import.meta.url);");
});

describe('src/mail', () => {
  const refused = (text: string, says: string) => check(code.purityProblems, 'src/mail/a.ts', text, says);
  refused('const x = Date.now();', 'Date.now()');
  refused('const x = new Date();', 'new Date()');
  refused('const x = Math.random();', 'Math.random()');
  refused("const x = Buffer.from('');", 'Buffer');
  refused('const { env } = process;', 'process');
  check(
    code.purityProblems,
    'src/mail/a.ts',
    'const x = new Date(iso).toISOString(), y = { process: 1 }.process;',
  );
  check(code.purityProblems, 'src/smtp/a.ts', 'const x = Date.now();');
});

describe('the environment', () => {
  const problems = code.environmentProblems;
  check(problems, 'src/api/a.ts', 'const x = process.env.HOME;', 'Add the variable to src/config.ts');
  check(problems, 'src/api/a.ts', 'start(process.env);', 'Add the variable to src/config.ts');
  check(problems, 'src/cli/main.ts', 'const { HOME } = process.env;', 'Add the variable to src/config.ts');
  check(problems, 'src/cli/main.ts', 'readConfig(process.env);');
});

describe('shape', () => {
  const long = `${'\n'.repeat(code.FUNCTION_LINES_MAX)}`;
  check(
    code.barrelProblems,
    'src/api/a.ts',
    "export * from './b.ts';",
    'Import from where the thing is defined',
  );
  check(
    code.barrelProblems,
    'src/api/index.ts',
    'export const x = 1;',
    'Import from where the thing is defined',
  );
  check(code.sizeProblems, 'src/api/a.ts', `function walkOn() {${long}}`, 'walkOn» has 61 lines');
  check(code.sizeProblems, 'src/api/a.ts', long.repeat(6), 'Split it by what it is about');
  check(code.sizeProblems, 'test/a.test.ts', `describe('a', () => {${long}});`);
  check(code.commentProblems, 'src/api/a.ts', 'const x = 1;', 'does not open with');
  check(
    code.commentProblems,
    'src/api/a.ts',
    '/** A. */\nconst a = 1;\nexport const f = () => 1;',
    'exports a function without',
  );
  check(
    code.commentProblems,
    'src/api/a.ts',
    '#!/usr/bin/env node\n/** A. */\n/** F. */\nexport function f() {}',
  );
});
