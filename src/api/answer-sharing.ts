/**
 * Lets callers who ask the same within a moment share one answer, so that many open pages and probes cost Temporal
 * and AWS no more than one. A failed answer is shared by those who waited for it and then forgotten.
 */

/**
 * A function that calls `ask` at most once for each key in `forMs` milliseconds. At most `keysMax` keys are kept;
 * `now` is in milliseconds.
 */
export function shareAnswers<T>(
  ask: (key: string) => Promise<T>,
  { forMs, keysMax, now }: { forMs: number; keysMax: number; now: () => number },
): (key: string) => Promise<T> {
  const kept = new Map<string, { answer: Promise<T>; untilMs: number }>();

  return (key) => {
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > now()) return known.answer;
    const answer = ask(key);
    const entry = { answer, untilMs: now() + forMs };
    kept.delete(key);
    kept.set(key, entry);
    for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - keysMax))) kept.delete(oldest);
    answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    return answer;
  };
}
