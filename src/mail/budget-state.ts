/**
 * The budget of one sending account as plain JSON (design §5): what may be sent, who waits for credit, what was
 * granted. The functions of budget.ts change it in place; instants and limits are handed in. One credit is one
 * recipient. Every list in here has a bound, so that it passes through continue-as-new (packed by budget-pack.ts).
 */

/** Entries that may wait; the next one is turned away (`full`). */
export const WAITING_MAX = 10_000;
/** Characters of all waiting ids together: with it the packed state stays below Temporal's 2 MB. */
export const WAITING_ID_CHARS_MAX = 64 * WAITING_MAX;
/** Entries that wait or whose end is not yet known; beyond it the oldest of the latter count as spent. */
export const OPEN_MAX = 15_000;
/** Ended ids that are remembered, so that a late duplicate counts once. */
export const SETTLED_MAX = 10_000;

/** One day in the account's zone, computed outside (activities/day-clock.ts); 23 or 25 hours long at times. */
export type DayClock = {
  /** `YYYY-MM-DD` in the zone. */
  day: string;
  startMs: number;
  /** The next midnight: not of this day any more. */
  endMs: number;
  /** Each full hour of the day, `startMs` the first of them. */
  ticksMs: number[];
  /** The local hour, 0 to 23, of each of `ticksMs`. */
  tickHours: number[];
  /** From here on all that is left of the day goes out. */
  flushMs: number;
  /** The midnights that end the six days after this one, in order. */
  laterEndsMs: number[];
};

/** Credits are granted between these local times, `HH:MM` (`24:00` is midnight); `from` after `to` spans midnight. */
export type SendWindow = {
  from: string;
  to: string;
  /** Instead of the account's own hourly limit. */
  perHour?: number;
};

/** All counts are recipients; what is absent is not limited. */
export type Limits = {
  perDay?: number;
  perHour?: number;
  /** Credits a day that only transactional mail may take before the flush. Default 0. */
  reserve?: number;
  /** Priority gained for each full day waited. Default 25; 0 turns ageing off. */
  ageing?: number;
  /** The provider's own quota: recipients in any 24 hours. */
  provider?: number;
  /** With any, credits are granted inside them only, the flush included. */
  windows?: SendWindow[];
  /** Warm-up: from `day` (`YYYY-MM-DD`) on at most so many a day; the smaller of this and `perDay` counts. */
  ramp?: { day: string; perDay: number }[];
};

/** An entry that asks for credits. `id` is that of the workflow (and delivery) that is told. */
export type CreditRequest = {
  id: string;
  /** In all: what was granted to this id before counts towards it. */
  credits: number;
  /** 0 to 255; absent: follows from the deadline, anew each midnight. */
  priority?: number;
  deadlineMs?: number;
  /** Since when it waits. */
  arrivedMs: number;
  expiresMs?: number;
  transactional: boolean;
};

/** Waits for `credits` more. */
export type Waiting = Omit<CreditRequest, 'id'> & {
  /** Of two that arrived in the same millisecond the smaller goes first. */
  turn: number;
};

/** Granted, not wholly ended. `granted`, `spent` and `returned` are totals of the id. */
export type Reserved = {
  granted: number;
  spent: number;
  returned: number;
  transactional: boolean;
  /** The last time. */
  grantedMs: number;
  /** What is not yet settled, oldest first: from which hour (its `openedMs`) how many credits. */
  lots: { openedMs: number; credits: number }[];
};

/** What was granted between two ticks, less what came back. */
export type GrantedHour = { openedMs: number; lastMs: number; bulk: number; transactional: number };

export type Budget = {
  account: string;
  limits: Limits;
  clock: DayClock;
  paused: boolean;
  /** The latest instant seen; time never runs backwards in here. */
  nowMs: number;
  /** When the present tranche opened. */
  trancheMs: number;
  /** Hours with grants, oldest first: today's and those of the last 24 hours. */
  hours: GrantedHour[];
  waiting: { [id: string]: Waiting };
  waitingCount: number;
  /** Ids of `waiting` in blocks (budget-order.ts), the most urgent first as long as it is before `sortedUntilMs`. */
  order: string[][];
  sortedUntilMs: number;
  nextTurn: number;
  /** Sums over `waiting`, kept so that nobody has to count. */
  idChars: number;
  transactionalWaiting: number;
  dueCredits: number;
  reserved: { [id: string]: Reserved };
  reservedCount: number;
  /** Fingerprints of ended ids: a ring in `ring`, `next` the place of the next one. */
  settled: { ring: string[]; next: number; known: { [fingerprint: string]: true } };
  /** The day of which somebody has been told that it is too short. */
  shortfallDay?: string;
};

/**
 * `credits` were granted by this step, `total` to this id up to now. A receiver keeps the greatest `total` that it
 * has seen; so a grant that is told twice or late does no harm (and a repeated request is answered with `credits: 0`).
 */
export type Grant = { id: string; credits: number; total: number };

/** More is due today than is left: credits of waiting entries that are due, credits left of the day. */
export type Shortfall = { day: string; due: number; left: number };

/** What a step made happen, to be told to those who wait. */
export type BudgetStep = {
  grants: Grant[];
  /** Dropped before they had all their credits. */
  expired: string[];
  /** Turned away since too many wait: ask again after the next tick. */
  full: string[];
  /** Asked again although ended: their credits were granted and counted once, and none are now. */
  settled: string[];
  shortfall?: Shortfall;
};
