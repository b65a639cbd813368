/** The few figures that measurements are told in. */

/** Mails at either end of a round that are left out: the pipe fills, then runs empty. */
const EDGE = 16;

const ascending = (values: number[]): number[] => [...values].sort((a, b) => a - b);

/** The value below which a share of all lie (nearest rank); `share` is in (0, 1]. */
export function quantile(values: number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = ascending(values);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

/** Mails a second, from the instants at which they were through, in milliseconds. */
export function rateOf(instants: number[]): number {
  const steady = ascending(instants).slice(EDGE, -EDGE);
  const first = steady[0];
  const last = steady.at(-1);
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  return ((steady.length - 1) / (last - first)) * 1000;
}

/** In a new order, by chance. */
export function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
