/**
 * Prints one plain line after a test run, `N passed, N failed`, for people and for .ci/run. A file that could not
 * be loaded and an error that belongs to no test count as failures: a run without them passed nothing less.
 */
import type { Reporter, TestModule } from 'vitest/node';

/** Passed and failed of a finished run. */
export function tally(
  modules: readonly TestModule[],
  strayErrors: number,
): { passed: number; failed: number } {
  let passed = 0;
  let failed = strayErrors;
  for (const module of modules) {
    if (module.errors().length > 0) failed += 1;
    for (const suite of module.children.allSuites()) failed += suite.errors().length > 0 ? 1 : 0;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else if (state !== 'skipped') failed += 1;
    }
  }
  return { passed, failed };
}

/** Registered in vitest.config.ts, after the default reporter. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strayErrors: readonly unknown[]): void {
    const { passed, failed } = tally(modules, strayErrors.length);
    process.stdout.write(`${passed} passed, ${failed} failed\n`);
  }
}
