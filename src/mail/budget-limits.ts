/**
 * How many credits may be granted now. All limits hold together, the smallest counts; no priority gets past one.
 * What was granted is read from the hours in which it was, so a returned credit is free again in its own hour only.
 */
import type { Budget, GrantedHour } from './budget-state.ts';
import { windowAt } from './budget-window.ts';

/** More than anybody has recipients; unlike Infinity it survives JSON and arithmetic. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;

const DAY_MS = 86_400_000;

const total = (hours: GrantedHour[]): number =>
  hours.reduce((sum, hour) => sum + hour.bulk + hour.transactional, 0);
const ofToday = (b: Budget): GrantedHour[] => b.hours.filter((hour) => hour.lastMs >= b.clock.startMs);
const ofLast24Hours = (b: Budget): GrantedHour[] => b.hours.filter((hour) => hour.lastMs + DAY_MS > b.nowMs);

/** Credits granted today, without those that came back. */
export const usedToday = (b: Budget): number => total(ofToday(b));

/** Today's limit: the smaller of the account's own and its warm-up's. */
export function dayLimit(b: Budget): number {
  const steps = (b.limits.ramp ?? []).filter((step) => step.day <= b.clock.day);
  const step = steps.reduce<{ day: string; perDay: number } | undefined>(
    (last, next) => (last === undefined || next.day >= last.day ? next : last),
    undefined,
  );
  return Math.min(b.limits.perDay ?? NO_LIMIT, step?.perDay ?? NO_LIMIT);
}

const limited = (limit: number, used: number): number =>
  limit === NO_LIMIT ? NO_LIMIT : Math.max(0, limit - used);

/** What the provider still takes within 24 hours. */
export const leftAtProvider = (b: Budget): number =>
  limited(b.limits.provider ?? NO_LIMIT, total(ofLast24Hours(b)));

/** Credits of today not yet granted, `NO_LIMIT` without a limit; 0 once the day is over. */
export function leftOfDay(b: Budget): number {
  if (b.nowMs >= b.clock.endMs) return 0;
  return Math.min(limited(dayLimit(b), usedToday(b)), leftAtProvider(b));
}

/** The hourly limit at an instant of this day: 0 outside the windows, `NO_LIMIT` where there is none. */
export function hourLimit(b: Budget, atMs: number): number {
  const perHour = b.limits.perHour ?? NO_LIMIT;
  const windows = b.limits.windows ?? [];
  if (windows.length === 0) return perHour;
  const open = windowAt(windows, b.clock, atMs);
  return open === undefined ? 0 : (open.perHour ?? perHour);
}

/** Credits of the present tranche not yet granted. */
export function leftOfTranche(b: Budget): number {
  const last = b.hours.at(-1);
  return limited(hourLimit(b, b.nowMs), last?.openedMs === b.trancheMs ? total([last]) : 0);
}

/** Whether the last minutes of the day have begun, in which all that is left goes out. Without a daily limit: never. */
export const isFlushing = (b: Budget): boolean => b.nowMs >= b.clock.flushMs && dayLimit(b) !== NO_LIMIT;

const isOpen = (b: Budget, atMs: number): boolean => {
  const windows = b.limits.windows ?? [];
  return windows.length === 0 || windowAt(windows, b.clock, atMs) !== undefined;
};

/** Credits that may be granted now: to anybody, and to bulk mail. */
export function room(b: Budget): { any: number; bulk: number } {
  if (b.paused || !isOpen(b, b.nowMs)) return { any: 0, bulk: 0 };
  const ofDay = leftOfDay(b);
  if (isFlushing(b)) return { any: ofDay, bulk: ofDay };
  const any = Math.min(ofDay, leftOfTranche(b));
  if (ofDay === NO_LIMIT) return { any, bulk: any };
  const taken = ofToday(b).reduce((sum, hour) => sum + hour.transactional, 0);
  const kept = Math.max(0, (b.limits.reserve ?? 0) - taken);
  return { any, bulk: Math.max(0, Math.min(any, ofDay - kept)) };
}

/** Credits that can still go out today: all of the day's where a flush comes, else what the hours let through. */
export function leftToday(b: Budget): number {
  const ofDay = leftOfDay(b);
  const flushAtMs = Math.max(b.nowMs, b.clock.flushMs);
  if (dayLimit(b) !== NO_LIMIT && isOpen(b, flushAtMs)) return ofDay;
  const hours = b.clock.ticksMs.filter((tickMs) => tickMs > b.nowMs).map((tickMs) => hourLimit(b, tickMs));
  return hours.reduce((sum, limit) => Math.min(ofDay, sum + limit), Math.min(ofDay, leftOfTranche(b)));
}

/** Forgets hours that no limit counts any more. */
export function forgetOldHours(b: Budget): void {
  b.hours = b.hours.filter((hour) => hour.lastMs >= b.clock.startMs || hour.lastMs + DAY_MS > b.nowMs);
}
