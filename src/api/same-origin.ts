/** Whether a request comes from our own pages: a browser sends cookies along with other sites' requests, too. */
import type { Context } from 'hono';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether the method promises to change nothing. */
export const isSafe = (c: Context): boolean => SAFE.has(c.req.method);

function originIsOurs(c: Context, origin: string): boolean {
  try {
    return new URL(origin).host === (c.req.header('host') ?? new URL(c.req.url).host);
  } catch {
    return false;
  }
}

/**
 * `own`: a page of ours. `foreign`: another site's. `none`: no browser, or one too old to say.
 * Sec-Fetch-Site is the browser's own word; over plain HTTP browsers send only Origin.
 */
export function originOf(c: Context): 'own' | 'foreign' | 'none' {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const origin = c.req.header('origin');
  if (origin === undefined) return 'none';
  return originIsOurs(c, origin) ? 'own' : 'foreign';
}
