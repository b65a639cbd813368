/**
 * Counts how many mails of one kind came within a minute, for the decision what is bulk. It is of one process and
 * forgets when that ends: a sign, not a measure.
 */

const WINDOW_MS = 60_000;
/** Kinds remembered; beyond that the ones that were not seen for longest go. */
const KINDS_MAX = 10_000;

type Window = { startMs: number; count: number; before: number };

/** A counter: told of one more of a kind at an instant (ms since the epoch), it answers how many came in the last minute. */
export function openAlikeCounter(): (kind: string, nowMs: number) => number {
  const kinds = new Map<string, Window>();
  return (kind, nowMs) => {
    const last = kinds.get(kind);
    const passed = last === undefined ? Number.POSITIVE_INFINITY : nowMs - last.startMs;
    let window: Window = last ?? { startMs: nowMs, count: 0, before: 0 };
    if (passed >= 2 * WINDOW_MS) window = { startMs: nowMs, count: 0, before: 0 };
    else if (passed >= WINDOW_MS)
      window = { startMs: window.startMs + WINDOW_MS, count: 0, before: window.count };
    window = { ...window, count: window.count + 1 };
    kinds.delete(kind);
    kinds.set(kind, window);
    if (kinds.size > KINDS_MAX) kinds.delete(kinds.keys().next().value as string);
    // The minute before counts by the part of it that is still within sixty seconds.
    const share = 1 - Math.min(1, Math.max(0, nowMs - window.startMs) / WINDOW_MS);
    return window.count + Math.floor(window.before * share);
  };
}
