/**
 * The checker's own book-keeping of a budget: every single credit with the instant at which it was granted, and no
 * thought for speed. Written from the design alone; knows of the machine nothing but the shape of its messages.
 */
import type { CreditRequest, DayClock, Limits } from '../../src/mail/budget-state.ts';
import type { BudgetEvent } from './budget-event.ts';

export const DAY_MS = 24 * 3_600_000;

export type Credit = {
  atMs: number;
  trancheMs: number;
  transactional: boolean;
  state: 'reserved' | 'spent' | 'returned';
};
export type Entry = Omit<CreditRequest, 'credits'> & {
  wants: number;
  credits: Credit[];
  ended: boolean;
  turn: number;
};

export type Books = {
  zone: string;
  clock: DayClock;
  limits: Limits;
  paused: boolean;
  nowMs: number;
  trancheMs: number;
  entries: Map<string, Entry>;
  /** Those of `entries` that want credits. */
  waiting: Set<Entry>;
  /** Credits of the last days. */
  recent: Credit[];
  turns: number;
  shortfallDays: Set<string>;
};

export function newBooks(zone: string, from: { clock: DayClock; limits: Limits; nowMs: number }): Books {
  const trancheMs = from.clock.ticksMs.findLast((tickMs) => tickMs <= from.nowMs) ?? from.clock.startMs;
  const empty = { entries: new Map(), waiting: new Set<Entry>(), recent: [], turns: 0 };
  return { zone, ...from, paused: false, trancheMs, ...empty, shortfallDays: new Set() };
}

/** A mail whose time is over counts as gone, whether or not the machine has noticed. */
export const isOver = (books: Books, entry: Entry): boolean => (entry.expiresMs ?? Infinity) <= books.nowMs;
export const isWaiting = (books: Books, entry: Entry): boolean => entry.wants > 0 && !isOver(books, entry);

const ownPriority = ({ clock }: Books, entry: Entry): number => {
  if (entry.priority !== undefined) return entry.priority;
  const ends = [clock.endMs, ...clock.laterEndsMs];
  return [200, 150, 125, 100, 75, 50, 25, 0][
    ends.filter((endMs) => (entry.deadlineMs ?? Infinity) >= endMs).length
  ]!;
};

export function effectivePriority(books: Books, entry: Entry): number {
  let value = ownPriority(books, entry);
  for (let at = entry.arrivedMs + DAY_MS; at <= books.nowMs; at += DAY_MS) value += books.limits.ageing ?? 25;
  return Math.min(255, value);
}

export const isDue = (books: Books, entry: Entry): boolean =>
  ownPriority(books, entry) >= 200 || (entry.deadlineMs ?? Infinity) < books.clock.endMs;

/** Whether `one` must be served before `other`. */
export function precedes(books: Books, one: Entry, other: Entry): boolean {
  const key = (entry: Entry) => [
    255 - effectivePriority(books, entry),
    entry.deadlineMs ?? Infinity,
    entry.arrivedMs,
    entry.turn,
  ];
  const [left, right] = [key(one), key(other)];
  const differs = left.findIndex((value, place) => value !== right[place]);
  return differs >= 0 && left[differs]! < right[differs]!;
}

/** Credits out since an instant, without those that came back. */
export const usedSince = (
  books: Books,
  sinceMs: number,
  which: (credit: Credit) => boolean = () => true,
): number =>
  books.recent.filter((credit) => credit.state !== 'returned' && credit.atMs >= sinceMs && which(credit))
    .length;

function end(entry: Entry): void {
  const settled = entry.credits.every((credit) => credit.state !== 'reserved');
  if (entry.wants === 0 && entry.credits.length > 0 && settled) entry.ended = true;
}

/** Notes that an entry wants no more. */
export function leave(books: Books, entry: Entry, forGood: boolean): void {
  entry.wants = 0;
  books.waiting.delete(entry);
  if (forGood) end(entry);
}

function ask(books: Books, request: CreditRequest): void {
  const known = books.entries.get(request.id);
  if (known?.ended) return;
  const { credits, ...rest } = request;
  const missing = credits - (known?.credits.length ?? 0) - (known?.wants ?? 0);
  if (missing <= 0) return;
  if (known !== undefined && known.wants > 0) {
    known.wants += missing;
    return;
  }
  const entry: Entry = {
    ...rest,
    wants: missing,
    credits: known?.credits ?? [],
    ended: false,
    turn: books.turns,
  };
  books.turns += 1;
  books.entries.set(request.id, entry);
  books.waiting.add(entry);
}

/** Totals of the id up to now; the oldest credits are the first whose end is told. */
function settle(entry: Entry, totals: { spent: number; returned: number }): void {
  for (const state of ['spent', 'returned'] as const) {
    const before = entry.credits.filter((credit) => credit.state === state).length;
    const open = entry.credits.filter((credit) => credit.state === 'reserved');
    for (const credit of open.slice(0, Math.max(0, totals[state] - before))) credit.state = state;
  }
  end(entry);
}

/** Nobody has told for more than eight days: spent. */
function giveUp(books: Books): void {
  for (const entry of books.entries.values()) {
    const last = entry.credits.at(-1);
    if (last === undefined || entry.wants > 0 || last.atMs + 8 * DAY_MS >= books.nowMs) continue;
    for (const credit of entry.credits) if (credit.state === 'reserved') credit.state = 'spent';
    end(entry);
  }
}

function passTime(books: Books, toldMs: number): void {
  books.nowMs = Math.max(books.nowMs, toldMs);
  const tickMs = books.clock.ticksMs.findLast((at) => at <= books.nowMs) ?? 0;
  books.trancheMs = Math.max(books.trancheMs, tickMs);
  books.recent = books.recent.filter((credit) => credit.atMs > books.nowMs - 3 * DAY_MS);
}

/** What an event means, before anything is granted. */
export function enter(books: Books, event: BudgetEvent, toldMs: number): void {
  const isNewDay = event.kind === 'startDay' && event.clock.endMs > Math.max(books.nowMs, toldMs);
  if (isNewDay) books.clock = event.clock;
  passTime(books, isNewDay ? Math.max(toldMs, event.clock.startMs) : toldMs);
  if (isNewDay) giveUp(books);
  if (event.kind === 'request') for (const request of event.requests) ask(books, request);
  if (event.kind === 'pause' || event.kind === 'resume') books.paused = event.kind === 'pause';
  if (event.kind === 'setLimits') {
    if (books.limits.perHour === undefined && event.limits.perHour !== undefined)
      books.trancheMs = books.nowMs;
    books.limits = event.limits;
  }
  const entry = 'id' in event ? books.entries.get(event.id) : undefined;
  if (entry === undefined) return;
  if (event.kind === 'settle' && !entry.ended) settle(entry, event);
  if (event.kind === 'withdraw') leave(books, entry, false);
  if (event.kind === 'reprioritise' && entry.wants > 0) {
    const { kind: _, id: __, ...change } = event;
    Object.assign(entry, change);
  }
}

/** Notes granted credits, one by one. */
export function hand(books: Books, entry: Entry, credits: number): void {
  for (let count = 0; count < credits; count += 1) {
    const { nowMs: atMs, trancheMs } = books;
    const credit: Credit = { atMs, trancheMs, transactional: entry.transactional, state: 'reserved' };
    entry.credits.push(credit);
    books.recent.push(credit);
  }
  entry.wants -= credits;
  if (entry.wants <= 0) books.waiting.delete(entry);
}
