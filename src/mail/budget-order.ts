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

/** Brings `b.order` in order as of `b.nowMs`, if it is not. */
export function sortWaiting(b: Budget): void {
  if (b.nowMs < b.sortedUntilMs) return;
  b.order = orderedIds(b);
  b.sortedUntilMs = b.order.reduce(
    (untilMs, id) => Math.min(untilMs, nextAgeingMs(b, b.waiting[id]!)),
    NEVER_MS,
  );
}

/** What changes everybody's place (a new day, another ageing): the next use sorts anew. */
export function unsort(b: Budget): void {
  b.sortedUntilMs = 0;
}

/** Puts the id of a waiting entry in its place. */
export function insertInOrder(b: Budget, id: string): void {
  if (b.nowMs >= b.sortedUntilMs) {
    b.order.push(id);
    return;
  }
  const key = keyOf(b, id);
  let low = 0;
  let high = b.order.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keyOf(b, b.order[middle]!), key) < 0) low = middle + 1;
    else high = middle;
  }
  b.order.splice(low, 0, id);
  b.sortedUntilMs = Math.min(b.sortedUntilMs, nextAgeingMs(b, b.waiting[id]!));
}

/** Takes an id out of the order. */
export function removeFromOrder(b: Budget, id: string): void {
  const place = b.order.indexOf(id);
  if (place >= 0) b.order.splice(place, 1);
}
