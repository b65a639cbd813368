/**
 * Who must go when, worked out by hand from design §5 for 300 credits a day and 12 an hour, without ageing and
 * reserve. Knows nothing of the budget's machine: it sorts everybody anew at each full hour.
 */
import { DAY_MS, type DayMail } from './day-of-mails.ts';

export const PER_DAY = 300;
export const PER_HOUR = 12;

/** Of a mail without a priority, by the day of its deadline: today, tomorrow, and so on. */
const BY_DEADLINE = [200, 150, 125, 100, 75, 50, 25];
const DUE_TODAY = 200;

export type DayModel = ReturnType<typeof openDayModel>;

/** The budget on the day that begins at `dayStartMs`, before its first mail. */
export function openDayModel(dayStartMs: number) {
  let startMs = dayStartMs;
  let waiting: DayMail[] = [];
  let left = PER_DAY;
  let leftOfHour = PER_HOUR;

  const priorityOf = ({ priority, deadlineMs = Infinity }: DayMail): number =>
    priority ?? BY_DEADLINE[Math.max(0, Math.floor((deadlineMs - startMs) / DAY_MS))] ?? 0;
  const isDue = (mail: DayMail): boolean =>
    priorityOf(mail) >= DUE_TODAY || (mail.deadlineMs ?? Infinity) < startMs + DAY_MS;
  const sort = (): void => {
    waiting.sort((one, other) => {
      const byPriority = priorityOf(other) - priorityOf(one);
      if (byPriority !== 0) return byPriority;
      const [first = Infinity, second = Infinity] = [one.deadlineMs, other.deadlineMs];
      return first === second ? one.arrivedMs - other.arrivedMs : first - second;
    });
  };
  const serve = (most: number): DayMail[] => {
    sort();
    const served = waiting.splice(0, Math.min(most, left));
    left -= served.length;
    return served;
  };
  const fullHour = (): DayMail[] => {
    const served = serve(PER_HOUR);
    leftOfHour = PER_HOUR - served.length;
    return served;
  };

  return {
    priorityOf,
    fullHour,
    flush: () => serve(left),
    nextDay(): DayMail[] {
      startMs += DAY_MS;
      left = PER_DAY;
      return fullHour();
    },
    /** Some of them go at once where nobody waits and the hour has credits left: the first to arrive. */
    arrive(mails: DayMail[]): { atOnce: DayMail[]; later: DayMail[] } {
      const free = waiting.length === 0 ? Math.min(leftOfHour, left) : 0;
      const atOnce = mails.slice(0, free);
      left -= atOnce.length;
      leftOfHour -= atOnce.length;
      const later = mails.slice(free);
      waiting = [...waiting, ...later];
      sort();
      return { atOnce, later };
    },
    /** In the order in which they are to go. */
    waiting: (): readonly DayMail[] => waiting,
    left: (): number => left,
    isShort: (): boolean => waiting.filter(isDue).length > left,
  };
}
