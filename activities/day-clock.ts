/**
 * The instants of one day in an account's zone (rule 67): days have 23, 24 or 25 hours, and some begin at one o'clock.
 * Outside of the workflow, since the answer depends on the machine's zone data and must be recorded.
 */
import type { DayClock } from '../src/mail/budget-state.ts';
import { minuteOfDay } from '../src/mail/budget-window.ts';

const MINUTE_MS = 60_000;
/** All zones of our time are whole quarters of an hour away from UTC. */
const QUARTER_MS = 15 * MINUTE_MS;
/** Longer than any day, also one that a zone left out when it crossed the date line. */
const TWO_DAYS_MS = 48 * 60 * MINUTE_MS;

/** `date` is `YYYY-MM-DD`, `minute` counts from midnight. */
type Local = { date: string; minute: number };
type ReadLocal = (instantMs: number) => Local;

function localReader(zone: string): ReadLocal {
  const format = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  return (instantMs) => {
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    const date = `${parts.year}-${parts.month}-${parts.day}`;
    return { date, minute: Number(parts.hour) * 60 + Number(parts.minute) };
  };
}

/** The first minute after `beforeMs`, at most at `atMs`, of which `isReached` holds; it holds at `atMs`. */
function firstMinute(beforeMs: number, atMs: number, isReached: (instantMs: number) => boolean): number {
  let before = Math.floor(beforeMs / MINUTE_MS);
  let at = Math.floor(atMs / MINUTE_MS);
  while (at - before > 1) {
    const middle = Math.floor((before + at) / 2);
    if (isReached(middle * MINUTE_MS)) at = middle;
    else before = middle;
  }
  return at * MINUTE_MS;
}

function nextMidnight(local: ReadLocal, nowMs: number): number {
  const { date } = local(nowMs);
  return firstMinute(nowMs, nowMs + TWO_DAYS_MS, (instantMs) => local(instantMs).date > date);
}

type Quarter = { atMs: number; minute: number };

function quartersOf(local: ReadLocal, startMs: number, endMs: number): Quarter[] {
  const count = Math.ceil((endMs - startMs) / QUARTER_MS);
  const instants = Array.from({ length: count }, (_, index) => startMs + index * QUARTER_MS);
  return instants.map((atMs) => ({ atMs, minute: local(atMs).minute }));
}

/** When it is first `minute` o'clock or later; a time that the clock leaps over is when it has leapt. */
function firstAt(quarters: Quarter[], minute: number, endMs: number): number {
  const after = quarters.findIndex((quarter) => quarter.minute > minute);
  const before = quarters.at(after < 0 ? -1 : after - 1);
  const limitMs = quarters[after]?.atMs ?? endMs;
  if (after === 0 || before === undefined) return limitMs;
  return Math.min(limitMs, before.atMs + (minute - before.minute) * MINUTE_MS);
}

/**
 * The day that `nowMs` is in. `zone`: an IANA name such as `Europe/Berlin`. `flushAt`: local `HH:MM`; `24:00` is never.
 * Throws a RangeError that names what cannot be read.
 */
export function dayClock(zone: string, flushAt: string, nowMs: number): DayClock {
  const flushMinute = minuteOfDay(flushAt);
  if (flushMinute === undefined)
    throw new RangeError(`The flush time «${flushAt}» is no time of day. Write HH:MM, such as 23:30.`);
  const local = localReader(zone);
  const { date } = local(nowMs);
  const startMs = firstMinute(nowMs - TWO_DAYS_MS, nowMs, (instantMs) => local(instantMs).date >= date);
  const endMs = nextMidnight(local, nowMs);
  const quarters = quartersOf(local, startMs, endMs);
  const ticks = quarters.filter(({ atMs, minute }) => minute % 60 === 0 || atMs === startMs);
  const laterEndsMs: number[] = [];
  for (let day = 0; day < 6; day += 1) laterEndsMs.push(nextMidnight(local, laterEndsMs.at(-1) ?? endMs));
  return {
    ...{ day: date, startMs, endMs, laterEndsMs },
    ticksMs: ticks.map((tick) => tick.atMs),
    tickHours: ticks.map((tick) => Math.floor(tick.minute / 60)),
    flushMs: firstAt(quarters, flushMinute, endMs),
  };
}
