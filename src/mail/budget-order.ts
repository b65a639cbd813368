/**
 * Who goes first: effective priority, then deadline, then arrival (design §5). The list of waiting ids is kept
 * sorted only until somebody's priority changes by age, and sorted again when credits are next given out; so a
 * grant costs the same however many wait.
 */
import type { Budget, DayClock, Waiting } from './budget-state.ts';
import { DUE_TODAY_PRIORITY, priorityOfDeadline } from './deadline-priority.ts';

export const PRIORITY_MAX = 255;
/** Priority gained for each full day waited, unless the account says otherwise. */
export const AGEING_DEFAULT = 25;

const DAY_MS = 86_400_000;
/** Later than every instant; unlike Infinity it survives JSON. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

type Ageing = Pick<Budget, 'limits' | 'clock' | 'nowMs'>;

const ageingOf = (b: Ageing): number => b.limits.ageing ?? AGEING_DEFAULT;
const daysWaited = (b: Ageing, entry: Waiting): number =>
  Math.max(0, Math.floor((b.nowMs - entry.arrivedMs) / DAY_MS));
const basePriority = (entry: Waiting, clock: DayClock): number =>
  entry.priority ?? priorityOfDeadline(entry.deadlineMs, clock);

/** Its own priority, or that of its deadline, and what it gained by waiting; at most 255. */
export function effectivePriority(b: Ageing, entry: Waiting): number {
  return Math.min(PRIORITY_MAX, basePriority(entry, b.clock) + ageingOf(b) * daysWaited(b, entry));
}

/** Whether it should be out before midnight: by its priority (age not counted) or by its deadline. */
export function isDueToday(entry: Waiting, clock: DayClock): boolean {
  return basePriority(entry, clock) >= DUE_TODAY_PRIORITY || (entry.deadlineMs ?? NEVER_MS) < clock.endMs;
}

/** When its effective priority next grows by age. */
function nextAgeingMs(b: Ageing, entry: Waiting): number {
  if (ageingOf(b) === 0 || effectivePriority(b, entry) >= PRIORITY_MAX) return NEVER_MS;
  return entry.arrivedMs + (daysWaited(b, entry) + 1) * DAY_MS;
}

type Key = { id: string; priority: number; deadlineMs: number; arrivedMs: number; turn: number };

function keyOf(b: Pick<Budget, 'waiting'> & Ageing, id: string): Key {
  const entry = b.waiting[id]!;
  const { arrivedMs, turn } = entry;
  return {
    id,
    priority: effectivePriority(b, entry),
    deadlineMs: entry.deadlineMs ?? NEVER_MS,
    arrivedMs,
    turn,
  };
}

/** Negative where `one` goes before `other`. */
const compare = (one: Key, other: Key): number =>
  other.priority - one.priority ||
  one.deadlineMs - other.deadlineMs ||
  one.arrivedMs - other.arrivedMs ||
  one.turn - other.turn;

/** The ids of all that wait, the most urgent first, at `b.nowMs`; changes nothing. */
export function orderedIds(b: Pick<Budget, 'waiting'> & Ageing): string[] {
  const keys = Object.keys(b.waiting).map((id) => keyOf(b, id));
  return keys.sort(compare).map((key) => key.id);
}

/** Ids in one block of `b.order`: moving so few costs next to nothing, and 10,000 are 50 blocks. */
const BLOCK_MAX = 200;

function blocksOf(ids: string[]): string[][] {
  const blocks: string[][] = [];
  for (let at = 0; at < ids.length; at += BLOCK_MAX) blocks.push(ids.slice(at, at + BLOCK_MAX));
  return blocks;
}

const isSorted = (b: Budget): boolean => b.nowMs < b.sortedUntilMs;

/** Brings `b.order` in order as of `b.nowMs`, if it is not. */
function sortWaiting(b: Budget): void {
  if (isSorted(b)) return;
  const ids = orderedIds(b);
  b.order = blocksOf(ids);
  b.sortedUntilMs = ids.reduce((untilMs, id) => Math.min(untilMs, nextAgeingMs(b, b.waiting[id]!)), NEVER_MS);
}

/** What changes everybody's place (a new day, another ageing): the next use sorts anew. */
export function unsort(b: Budget): void {
  b.sortedUntilMs = 0;
}

/** How many of `count` sorted things go before; `isBefore` tells of each place. */
function countBefore(count: number, isBefore: (place: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The block and the place in it where an entry stands or belongs; only while `b.order` is sorted. */
function placeOf(b: Budget, id: string): { block: number; place: number } {
  const key = keyOf(b, id);
  const isBefore = (other: string) => compare(keyOf(b, other), key) < 0;
  const last = Math.max(0, b.order.length - 1);
  const block = countBefore(last, (at) => isBefore(b.order[at]!.at(-1)!));
  const ids = b.order[block] ?? [];
  return { block, place: countBefore(ids.length, (at) => isBefore(ids[at]!)) };
}

/** Puts the id of a waiting entry in its place. */
export function insertInOrder(b: Budget, id: string): void {
  if (b.order.length === 0) b.order.push([]);
  const last = b.order.length - 1;
  const { block, place } = isSorted(b) ? placeOf(b, id) : { block: last, place: b.order[last]!.length };
  const ids = b.order[block]!;
  ids.splice(place, 0, id);
  if (ids.length > BLOCK_MAX) b.order.splice(block + 1, 0, ids.splice(BLOCK_MAX / 2));
  b.sortedUntilMs = Math.min(b.sortedUntilMs, nextAgeingMs(b, b.waiting[id]!));
}

/** Takes the id of an entry, still waiting and unchanged, out of the order. */
export function removeFromOrder(b: Budget, id: string): void {
  const block = isSorted(b) ? placeOf(b, id).block : b.order.findIndex((ids) => ids.includes(id));
  const ids = b.order[block] ?? [];
  ids.splice(ids.indexOf(id), 1);
  if (ids.length === 0) b.order.splice(block, 1);
}

/** Takes all ids out of the order that do not wait any more. */
export function keepWaiting(b: Budget): void {
  const kept = b.order.map((ids) => ids.filter((id) => Object.hasOwn(b.waiting, id)));
  b.order = kept.filter((ids) => ids.length > 0);
}

/** Takes the id of the most urgent out of the order; its entry is the caller's to grant, drop or put back. */
export function takeFirst(b: Budget): string | undefined {
  sortWaiting(b);
  const id = b.order[0]?.shift();
  if (b.order[0]?.length === 0) b.order.shift();
  return id;
}

/** Puts back what was taken, in the same order, ahead of all others. */
export function putBackFirst(b: Budget, ids: string[]): void {
  const first = b.order[0] ?? [];
  if (ids.length + first.length > BLOCK_MAX) b.order.unshift(...blocksOf(ids));
  else if (ids.length > 0) b.order.splice(0, 1, [...ids, ...first]);
}
