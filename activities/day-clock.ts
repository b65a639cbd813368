/**
 * The instants of one day in an account's zone (rule 67): days have 23, 24 or 25 hours, and some begin at one o'clock.
 * An activity, since the answer depends on the machine's zone data and must be recorded.
 */
import type { DayClock } from '../src/mail/budget-state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Local date and time of an instant; `date` is `YYYY-MM-DD`. */
type Local = { date: string; hour: number; minute: number };
type ReadLocal = (instantMs: number) => Local;

function localReader(zone: string): ReadLocal {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    ...{ calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  return (instantMs) => {
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    const date = `${parts.year?.padStart(4, '0')}-${parts.month}-${parts.day}`;
    return { date, hour: Number(parts.hour), minute: Number(parts.minute) };
  };
}

/** The first instant in `(lowMs, highMs]`, to the minute, whose local date is not that of `lowMs`. */
function nextMidnight(local: ReadLocal, fromMs: number): number {
  const { date } = local(fromMs);
  let lowMs = Math.floor(fromMs / MINUTE_MS);
  // No day is longer than 25 hours but where a zone crossed the date line; two days always hold a midnight.
  let highMs = lowMs + (48 * HOUR_MS) / MINUTE_MS;
  while (highMs - lowMs > 1) {
    const middle = Math.floor((lowMs + highMs) / 2);
    if (local(middle * MINUTE_MS).date === date) lowMs = middle;
    else highMs = middle;
  }
  return highMs * MINUTE_MS;
}
