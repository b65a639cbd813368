/** Whole artefacts as files: what was produced must be what is stored. `UPDATE_GOLDEN=1` rewrites, git shows how. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

const fixtures = join(import.meta.dirname, '..', 'fixtures');

/** Compares byte for byte with `test/fixtures/<name>`. */
export function expectGolden(name: string, actual: string): void {
  const file = join(fixtures, name);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  expect(actual).toBe(readFileSync(file, 'utf8'));
}
