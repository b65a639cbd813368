/**
 * How long the body of a request may be, by route. A body is held in memory whole; a list that comes as a stream is
 * not, and is counted by whoever reads it.
 */
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Problem } from './problems.ts';

/** The longest of the other requests is a list of a hundred addresses. */
const USUAL_BYTES_MAX = 64 * 1024;
/** A template as JSON may have every other character escaped. */
const TEMPLATE_BYTES_MAX = 600 * 1024;
/** A mail of SES's 40 MB as JSON (rule 60). */
const SEND_BYTES_MAX = 40 * 1024 * 1024;
/** A million addresses. */
export const LIST_BYTES_MAX = 100 * 1024 * 1024;

/** The first pattern that fits decides. */
const LIMITS: { path: RegExp; bytes: number | 'counted by its reader' }[] = [
  { path: /^\/v1\/suppressions\/import$/, bytes: 'counted by its reader' },
  { path: /^\/v1\/emails$/, bytes: SEND_BYTES_MAX },
  { path: /^\/v1\/templates\//, bytes: TEMPLATE_BYTES_MAX },
  { path: /^/, bytes: USUAL_BYTES_MAX },
];

/** The 413 problem that says how long a body may be. */
export const tooLarge = (bytes: number): Problem =>
  new Problem(413, 'body-too-large', `A request may be ${bytes} bytes long at most here.`);

/** Middleware that refuses what is too long for its route. */
export function limitBodies(): MiddlewareHandler {
  const limits = LIMITS.map(({ path, bytes }) => ({
    path,
    check:
      typeof bytes === 'number'
        ? bodyLimit({
            maxSize: bytes,
            onError: () => {
              throw tooLarge(bytes);
            },
          })
        : undefined,
  }));
  return (c, next) => {
    const check = limits.find(({ path }) => path.test(c.req.path))?.check;
    return check === undefined ? next() : check(c, next);
  };
}
