/**
 * Reads environment-like variables by a schema. Promise: all values, typed, or one error that names every bad
 * variable once, what was read and what is expected; secrets are never shown.
 */
import type { z } from 'zod';

/** Thrown once, with every bad variable in it. `problems`: a line for each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];
  constructor(message: string, problems: string[] = []) {
    super(message);
    this.problems = problems;
  }
}

/** Values that must not be printed when they are wrong. */
const secret = new Set(['SMTP_PASS', 'EVERPOST_SECRETS', 'EVERPOST_API_KEYS', 'TEMPORAL_API_KEY']);

/** An empty value counts as unset. */
function withoutEmpty(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  ) as Record<string, string>;
}

/** What is expected, without what the schema's library says around it. */
const expectedBy = (message: string): string =>
  message.replace(/^[A-Z][a-z]+(?: [a-z]+)*: expected /, '').replace(/, received .*$/, '');

/** One line for each bad variable: what was read, what is expected. */
function problemsOf(error: z.ZodError, set: Record<string, string>): string[] {
  const lines = error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const read = secret.has(name) ? 'a value (not shown)' : JSON.stringify(set[name] ?? '');
    return `${name}: read ${read}, expected ${expectedBy(issue.message)}`;
  });
  return [...new Set(lines)];
}

/** The error that tells of these problems. */
export const unusable = (problems: string[]): ConfigError =>
  new ConfigError(`The configuration is not usable:\n  ${problems.join('\n  ')}`, problems);

/** What several readings refuse, together: their problems, in order. */
export function problemsIn(...readings: (() => unknown)[]): string[] {
  return readings.flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
  });
}

/**
 * Reads variables by `schema`; an empty value counts as unset. `further` names what is wrong beyond the schema.
 * Throws ConfigError with one line for each bad variable.
 */
export function readVariables<S extends z.ZodType>(
  schema: S,
  environment: Record<string, string | undefined>,
  further: (value: z.output<S>) => string[] = () => [],
): { value: z.output<S>; set: Record<string, string> } {
  const set = withoutEmpty(environment);
  const parsed = schema.safeParse(set);
  const problems = parsed.success ? further(parsed.data) : problemsOf(parsed.error, set);
  if (!parsed.success || problems.length > 0) throw unusable(problems);
  return { value: parsed.data, set };
}
