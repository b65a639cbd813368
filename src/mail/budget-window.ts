/** The times of day at which an account may send, and the instants at which that changes. Pure; the clock is handed in. */
import type { DayClock, SendWindow } from './budget-state.ts';

const MINUTE_MS = 60_000;

/** Minutes after midnight of `HH:MM`; undefined where it is no such time. */
export function minuteOfDay(text: string): number | undefined {
  const found = /^(\d\d):(\d\d)$/.exec(text);
  if (!found) return undefined;
  const minute = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minute <= 24 * 60 ? minute : undefined;
}

/** The place in `clock.ticksMs` of the last full hour at or before `nowMs`; -1 before the first. */
export const lastTick = (clock: DayClock, nowMs: number): number =>
  clock.ticksMs.findLastIndex((tickMs) => tickMs <= nowMs);

/** Local minutes after midnight; the hour that a day repeats has the same minutes twice. */
function localMinute(clock: DayClock, nowMs: number): number {
  const tick = Math.max(0, lastTick(clock, nowMs));
  const hour = clock.tickHours[tick] ?? 0;
  return hour * 60 + Math.max(0, Math.floor((nowMs - (clock.ticksMs[tick] ?? nowMs)) / MINUTE_MS));
}

function covers(window: SendWindow, minute: number): boolean {
  const from = minuteOfDay(window.from);
  const to = minuteOfDay(window.to);
  // A window that cannot be read opens nothing: too little sent can be made good, too much cannot.
  if (from === undefined || to === undefined) return false;
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** The window that is open then, the first of several; undefined where all are closed. */
export function windowAt(windows: SendWindow[], clock: DayClock, nowMs: number): SendWindow | undefined {
  const minute = localMinute(clock, nowMs);
  return windows.find((window) => covers(window, minute));
}

/** Instants of this day at which a window opens. */
export function openingsMs(windows: SendWindow[], clock: DayClock): number[] {
  return windows.flatMap((window) => {
    const from = minuteOfDay(window.from) ?? 0;
    const ticks = clock.ticksMs.filter((_, index) => clock.tickHours[index] === Math.floor(from / 60));
    return ticks.map((tickMs) => tickMs + (from % 60) * MINUTE_MS);
  });
}
