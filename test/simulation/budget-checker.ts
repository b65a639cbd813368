/**
 * Watches a budget from outside and proves what it promises, step by step: no limit exceeded, no credit lost or
 * invented, order kept, nobody forgotten. Each broken promise is a sentence.
 */
import type { BudgetStep } from '../../src/mail/budget-state.ts';
import {
  type Books,
  DAY_MS,
  type Entry,
  effectivePriority,
  enter,
  hand,
  isDue,
  isOver,
  isWaiting,
  leave,
  precedes,
  usedSince,
} from './budget-books.ts';
import type { BudgetEvent } from './budget-event.ts';

function dayLimit({ limits, clock }: Books): number {
  const begun = (limits.ramp ?? []).filter((step) => step.day <= clock.day);
  const step = begun.sort((one, other) => (one.day < other.day ? -1 : 1)).at(-1);
  return Math.min(limits.perDay ?? Infinity, step?.perDay ?? Infinity);
}

/** The window open at that instant by the wall clock; `shut` where there are windows and none is. */
function windowAt({ limits, zone }: Books, atMs: number): { perHour?: number } | 'shut' {
  const { windows } = limits;
  if (windows === undefined || windows.length === 0) return {};
  const wall = new Date(atMs).toLocaleTimeString('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
  });
  const inside = ({ from, to }: { from: string; to: string }) =>
    from <= to ? from <= wall && wall < to : from <= wall || wall < to;
  return windows.find(inside) ?? 'shut';
}

/** The machine counts the provider's day by the hour, so it may remember a credit for two hours longer. */
const SURE_MS = DAY_MS + 2 * 3_600_000;

/** How many credits may still be granted at this instant. `providerMs`: how long the provider remembers. */
function rooms(books: Books, providerMs: number): { any: number; bulk: number; because: string } {
  const { clock, limits, nowMs } = books;
  const open = windowAt(books, nowMs);
  if (books.paused || open === 'shut' || nowMs >= clock.endMs) return { any: 0, bulk: 0, because: 'shut' };
  const ofDay = dayLimit(books) - usedSince(books, clock.startMs);
  const ofProvider = (limits.provider ?? Infinity) - usedSince(books, nowMs - providerMs + 1);
  const left = Math.min(ofDay, ofProvider);
  const flush = nowMs >= clock.flushMs && dayLimit(books) < Infinity;
  const inTranche = usedSince(books, 0, (credit) => credit.trancheMs === books.trancheMs);
  const ofHour = flush ? Infinity : (open.perHour ?? limits.perHour ?? Infinity) - inTranche;
  const forOthers = usedSince(books, clock.startMs, (credit) => credit.transactional);
  const kept = flush ? 0 : Math.max(0, (limits.reserve ?? 0) - forOthers);
  const any = Math.min(left, ofHour);
  return {
    any,
    bulk: Math.min(any, left - kept),
    because: JSON.stringify({ ofDay, ofProvider, ofHour, kept }),
  };
}

/** Grants in the order told: to whom, how many, and whether the totals are right. */
function checkGrants(books: Books, step: BudgetStep): { problems: string[]; served: Entry[] } {
  const problems: string[] = [];
  const served: Entry[] = [];
  for (const { id, credits, total } of step.grants) {
    const entry = books.entries.get(id);
    if (entry === undefined) {
      problems.push(`${id} was granted ${credits} and never asked`);
      continue;
    }
    if (credits > entry.wants) problems.push(`${id} wants ${entry.wants} and was granted ${credits}`);
    if (credits > 0 && isOver(books, entry)) problems.push(`${id} had expired when it was granted`);
    const before = served.at(-1);
    const inTurn = before === undefined || before.transactional !== entry.transactional;
    if (credits > 0 && !inTurn && precedes(books, entry, before))
      problems.push(`${id} was told out of order`);
    if (credits > 0) served.push(entry);
    hand(books, entry, credits);
    if (entry.credits.length !== total) problems.push(`${id} has ${entry.credits.length}, told was ${total}`);
  }
  return { problems, served };
}

function checkLeavers(books: Books, step: BudgetStep): string[] {
  const problems: string[] = [];
  for (const id of step.expired) {
    const entry = books.entries.get(id);
    if (entry === undefined || entry.wants === 0) problems.push(`${id} expired and did not wait`);
    else if (!isOver(books, entry)) problems.push(`${id} expired before its time`);
    else leave(books, entry, true);
  }
  for (const id of step.settled)
    if (books.entries.get(id)?.ended !== true) problems.push(`${id} is called settled and has not ended`);
  if (step.full.length > 0) problems.push(`${step.full.length} were turned away`);
  return problems;
}

/** Nobody who waits should have been served before somebody who was. */
function checkOrder(books: Books, served: Entry[], bulkRoom: number): string[] {
  const problems: string[] = [];
  const left = [...books.waiting].filter((entry) => isWaiting(books, entry));
  for (const one of served)
    for (const other of left) {
      const passedByReserve = one.transactional && !other.transactional && bulkRoom <= 0;
      if (other === one || passedByReserve || !precedes(books, other, one)) continue;
      const [first, second] = [effectivePriority(books, other), effectivePriority(books, one)];
      problems.push(`${one.id} (${second}) was served before ${other.id} (${first})`);
    }
  return problems;
}

/** Limits hold where something was granted; where somebody waits, nothing that may be granted is kept back. */
function checkLimits(books: Books, served: Entry[]): string[] {
  const problems: string[] = [];
  const strict = rooms(books, DAY_MS);
  if (served.length > 0 && strict.any < 0) problems.push(`granted beyond a limit: ${strict.because}`);
  if (served.some((entry) => !entry.transactional) && strict.bulk < 0)
    problems.push(`bulk mail took what is reserved: ${strict.because}`);
  if (served.length > 0 && strict.because === 'shut') problems.push('granted while nothing may go');
  const sure = rooms(books, SURE_MS);
  for (const entry of books.waiting) {
    const room = entry.transactional ? sure.any : sure.bulk;
    if (room > 0 && isWaiting(books, entry)) return [...problems, `${entry.id} waits though ${sure.because}`];
  }
  return problems;
}

function checkShortfall(books: Books, step: BudgetStep): string[] {
  const { clock, limits, nowMs } = books;
  const due = [...books.waiting]
    .filter((entry) => isDue(books, entry))
    .reduce((sum, entry) => sum + entry.wants, 0);
  const told = step.shortfall;
  const before = books.shortfallDays.has(clock.day);
  if (told !== undefined) {
    books.shortfallDays.add(clock.day);
    if (before) return [`the shortfall of ${clock.day} was told twice`];
    if (told.day !== clock.day || told.due !== due || told.left >= due)
      return [`the shortfall says ${JSON.stringify(told)}; due are ${due} on ${clock.day}`];
  }
  const simple = limits.windows === undefined && limits.provider === undefined && dayLimit(books) < Infinity;
  if (!simple || nowMs >= clock.endMs) return [];
  const left = Math.max(0, dayLimit(books) - usedSince(books, clock.startMs));
  if (told !== undefined && told.left !== left)
    return [`the shortfall says ${told.left} are left, not ${left}`];
  return told === undefined && !before && due > left ? [`due ${due}, left ${left}, and nobody was told`] : [];
}

/** Enters one step into the books and answers with the promises that it broke. */
export function checkStep(books: Books, event: BudgetEvent, step: BudgetStep, toldMs: number): string[] {
  enter(books, event, toldMs);
  const leavers = checkLeavers(books, step);
  const { problems, served } = checkGrants(books, step);
  const { bulk } = rooms(books, SURE_MS);
  return [
    ...leavers,
    ...problems,
    ...checkOrder(books, served, bulk),
    ...checkLimits(books, served),
    ...checkShortfall(books, step),
  ];
}
