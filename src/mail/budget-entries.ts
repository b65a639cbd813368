/**
 * The entries of a budget: joining, leaving, receiving credits and giving them back. Promise: each credit that an
 * hour counts belongs to exactly one entry, as reserved, spent or, on return, as nobody's again.
 */
import { hasEnded, rememberEnded } from './budget-memory.ts';
import { insertInOrder, isDueToday, PRIORITY_MAX, removeFromOrder } from './budget-order.ts';
import {
  type Budget,
  type CreditRequest,
  type Grant,
  OPEN_MAX,
  type Reserved,
  WAITING_ID_CHARS_MAX,
  WAITING_MAX,
  type Waiting,
} from './budget-state.ts';

const waitingOf = (b: Budget, id: string): Waiting | undefined =>
  Object.hasOwn(b.waiting, id) ? b.waiting[id] : undefined;
const reservedOf = (b: Budget, id: string): Reserved | undefined =>
  Object.hasOwn(b.reserved, id) ? b.reserved[id] : undefined;

/** Hours whose unsettled credits an entry tells apart; those that a limit still counts are about 49. */
const LOTS_MAX = 60;

const isNumber = (value: number | undefined): value is number => Number.isFinite(value);
/** A whole number of at least `least`: what comes in by signal may be anything, and the workflow must not throw. */
const whole = (value: number, least: number): number =>
  isNumber(value) ? Math.max(least, Math.floor(value)) : least;

/** Adds an entry to the sums over those that wait (`sign` 1), or takes it out of them (-1). */
function count(b: Budget, id: string, entry: Waiting, sign: 1 | -1): void {
  b.waitingCount += sign;
  b.idChars += sign * id.length;
  if (entry.transactional) b.transactionalWaiting += sign;
  if (isDueToday(entry, b.clock)) b.dueCredits += sign * entry.credits;
}

/** Counts anew what is due: another midnight, another answer. */
export function countDue(b: Budget): void {
  const due = Object.values(b.waiting).filter((entry) => isDueToday(entry, b.clock));
  b.dueCredits = due.reduce((sum, entry) => sum + entry.credits, 0);
}

/** Changes a waiting entry, its place and the sums along with it. */
export function changeWaiting(b: Budget, id: string, change: Partial<Waiting>): void {
  const entry = waitingOf(b, id);
  if (entry === undefined) return;
  removeFromOrder(b, id);
  count(b, id, entry, -1);
  Object.assign(entry, change);
  count(b, id, entry, 1);
  insertInOrder(b, id);
}

/** What is given and makes sense of the urgency of an entry. */
export function cleanUrgency(
  given: Partial<Waiting>,
): Pick<Waiting, 'priority' | 'deadlineMs' | 'expiresMs'> {
  const { priority, deadlineMs, expiresMs } = given;
  return {
    ...(isNumber(priority) && { priority: Math.min(PRIORITY_MAX, whole(priority, 0)) }),
    ...(isNumber(deadlineMs) && { deadlineMs }),
    ...(isNumber(expiresMs) && { expiresMs }),
  };
}

function entryOf(b: Budget, request: CreditRequest, credits: number): Waiting {
  const { transactional, arrivedMs } = request;
  const sinceMs = isNumber(arrivedMs) ? arrivedMs : b.nowMs;
  return { ...cleanUrgency(request), credits, transactional, arrivedMs: sinceMs, turn: b.nextTurn };
}

/** What became of a request: it waits, was there before (with so many granted), has ended, or found no room. */
export type Joined = { kind: 'waits' | 'ended' | 'full' } | { kind: 'known'; granted: number };

/** Lets a request join; a repeated one adds only what it asks for beyond its first. */
export function join(b: Budget, request: CreditRequest): Joined {
  const { id } = request;
  const credits = whole(request.credits, 1);
  const granted = reservedOf(b, id)?.granted ?? 0;
  const waiting = waitingOf(b, id);
  const missing = credits - granted - (waiting?.credits ?? 0);
  if (waiting !== undefined) {
    if (missing > 0) changeWaiting(b, id, { credits: waiting.credits + missing });
    return { kind: 'known', granted };
  }
  if (granted === 0 && hasEnded(b, id)) return { kind: 'ended' };
  if (missing <= 0) return { kind: 'known', granted };
  if (b.waitingCount >= WAITING_MAX || b.idChars + id.length > WAITING_ID_CHARS_MAX) return { kind: 'full' };
  b.waiting[id] = entryOf(b, request, missing);
  b.nextTurn += 1;
  count(b, id, b.waiting[id], 1);
  insertInOrder(b, id);
  return granted > 0 ? { kind: 'known', granted } : { kind: 'waits' };
}

/** Ends an entry of which nothing waits and nothing is unsettled. */
function closeIfDone(b: Budget, id: string, entry: Reserved): void {
  if (waitingOf(b, id) !== undefined || entry.spent + entry.returned < entry.granted) return;
  delete b.reserved[id];
  b.reservedCount -= 1;
  rememberEnded(b, id);
}

/** Takes an entry that may come back out of those that wait. What it was granted stays its own. */
export function leave(b: Budget, id: string): void {
  const entry = waitingOf(b, id);
  if (entry === undefined) return;
  removeFromOrder(b, id);
  count(b, id, entry, -1);
  delete b.waiting[id];
}

/** Drops an entry for good that the caller has taken out of the order. */
export function drop(b: Budget, id: string): void {
  count(b, id, b.waiting[id]!, -1);
  delete b.waiting[id];
  const reserved = reservedOf(b, id);
  if (reserved !== undefined) closeIfDone(b, id, reserved);
}

/** Notes from which hour credits are. Lots of days ago, which no hour counts any more, become one. */
function addLot(b: Budget, entry: Reserved, credits: number): void {
  const { lots } = entry;
  const last = lots.at(-1);
  if (last?.openedMs === b.trancheMs) last.credits += credits;
  else lots.push({ openedMs: b.trancheMs, credits });
  if (lots.length > LOTS_MAX) lots[0]!.credits += lots.splice(1, 1)[0]!.credits;
}

/** Moves `credits` of a waiting entry to its reserved ones, counted in the present hour. */
export function grantTo(b: Budget, id: string, credits: number): Grant {
  const entry = b.waiting[id]!;
  let hour = b.hours.at(-1);
  if (hour?.openedMs !== b.trancheMs) {
    hour = { openedMs: b.trancheMs, lastMs: b.nowMs, bulk: 0, transactional: 0 };
    b.hours.push(hour);
  }
  hour.lastMs = b.nowMs;
  hour[entry.transactional ? 'transactional' : 'bulk'] += credits;
  let reserved = reservedOf(b, id);
  if (reserved === undefined) {
    const { transactional } = entry;
    reserved = { granted: 0, spent: 0, returned: 0, transactional, grantedMs: b.nowMs, lots: [] };
    b.reserved[id] = reserved;
    b.reservedCount += 1;
  }
  reserved.granted += credits;
  reserved.grantedMs = b.nowMs;
  addLot(b, reserved, credits);
  count(b, id, entry, -1);
  entry.credits -= credits;
  if (entry.credits === 0) delete b.waiting[id];
  else count(b, id, entry, 1);
  return { id, credits, total: reserved.granted };
}

/** Takes settled credits from the oldest lots; those that `comeBack` are free again in the hour they were of. */
function takeFromLots(b: Budget, entry: Reserved, credits: number, comeBack: boolean): void {
  let open = credits;
  while (open > 0) {
    const lot = entry.lots[0]!;
    const taken = Math.min(open, lot.credits);
    const hour = comeBack ? b.hours.find((one) => one.openedMs === lot.openedMs) : undefined;
    if (hour !== undefined) hour[entry.transactional ? 'transactional' : 'bulk'] -= taken;
    lot.credits -= taken;
    open -= taken;
    if (lot.credits === 0) entry.lots.shift();
  }
}

/** Notes what has become of granted credits; `spent` and `returned` are totals of the id, never less than before. */
export function settleEntry(b: Budget, id: string, totals: { spent: number; returned: number }): void {
  const entry = reservedOf(b, id);
  if (entry === undefined) return;
  const spent = Math.min(Math.max(entry.spent, whole(totals.spent, 0)), entry.granted - entry.returned);
  takeFromLots(b, entry, spent - entry.spent, false);
  entry.spent = spent;
  const returned = Math.min(Math.max(entry.returned, whole(totals.returned, 0)), entry.granted - spent);
  takeFromLots(b, entry, returned - entry.returned, true);
  entry.returned = returned;
  closeIfDone(b, id, entry);
}

/** An outcome that nobody told for so long will not be told: a send gives up after four days. */
const UNSETTLED_MS_MAX = 8 * 86_400_000;

/** Counts as spent what nobody has settled, of entries of which nothing waits, and ends them. */
function spendUnsettled(b: Budget, isOld: (entry: Reserved, place: number) => boolean): void {
  Object.keys(b.reserved).forEach((id, place) => {
    const entry = b.reserved[id]!;
    if (waitingOf(b, id) === undefined && isOld(entry, place))
      settleEntry(b, id, { spent: entry.granted, returned: entry.returned });
  });
}

/** Ends entries granted more than eight days ago whose outcome was never told: unknown stays spent. */
export function spendForgotten(b: Budget): void {
  spendUnsettled(b, (entry) => entry.grantedMs + UNSETTLED_MS_MAX < b.nowMs);
}

/** Counts the oldest as spent where too many are open, some more at once so that this happens rarely. */
export function spendOverflow(b: Budget): void {
  const surplus = b.reservedCount + b.waitingCount - OPEN_MAX;
  if (surplus > 0) spendUnsettled(b, (_, place) => place < surplus + OPEN_MAX / 50);
}
