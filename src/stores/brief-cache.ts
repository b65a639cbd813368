/**
 * Keeps what was read for a moment, so that a thousand requests of one key cost one look-up. What is not there is
 * kept as well, and look-ups under way are shared; failures are not kept.
 */

/** `forMs`: how long an answer holds. `now`: milliseconds since the epoch. */
type Limits = { forMs: number; entriesMax: number; now: () => number };

export type BriefCache<T> = {
  /** What `read` answers for the key, now or a moment ago. */
  find(key: string): Promise<T>;
  /** Forgets one entry, after a change of our own. */
  drop(key: string): void;
};

/** A cache over `read`; the oldest entries go when there are more than `entriesMax`. */
export function openBriefCache<T>(
  read: (key: string) => Promise<T>,
  { forMs, entriesMax, now }: Limits,
): BriefCache<T> {
  const entries = new Map<string, { answer: Promise<T>; untilMs: number }>();
  return {
    find(key) {
      const kept = entries.get(key);
      if (kept !== undefined && kept.untilMs > now()) return kept.answer;
      const answer = read(key);
      const entry = { answer, untilMs: now() + forMs };
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > entriesMax) entries.delete(entries.keys().next().value as string);
      answer.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      return answer;
    },
    drop: (key) => void entries.delete(key),
  };
}
