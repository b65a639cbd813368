/**
 * How many requests a key may make: a bucket of tokens for each, filled steadily, in the memory of this process.
 * Several API processes have a bucket each.
 */

/** Requests a second in the long run. */
const PER_SECOND = 100;
/** Requests at once after a pause. */
const BURST = 500;
/** Keys remembered; a forgotten one has a full bucket, as after a pause. */
const KEYS_MAX = 10_000;

/** `perSecond` and `burst` are requests. */
export type Rate = { perSecond: number; burst: number };

/** Takes a token for the key at an instant (ms since the epoch): 0, or the seconds after which there is one again. */
export function openRateLimit({ perSecond, burst }: Rate = { perSecond: PER_SECOND, burst: BURST }) {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (key: string, nowMs: number): number => {
    const last = buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    const filled = (Math.max(0, nowMs - last.atMs) / 1000) * perSecond;
    const tokens = Math.min(burst, last.tokens + filled);
    const isFree = tokens >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: isFree ? tokens - 1 : tokens, atMs: nowMs });
    if (buckets.size > KEYS_MAX) buckets.delete(buckets.keys().next().value as string);
    return isFree ? 0 : Math.ceil((1 - tokens) / perSecond);
  };
}
