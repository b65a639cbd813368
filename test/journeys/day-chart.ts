/** The simulated day of 400 mails as a text chart, for docs/budget-day.md. */
import { PER_DAY, PER_HOUR } from './day-model.ts';

export type ChartRow = {
  /** `HH:MM`, where the day is over with ` +1`. */
  time: string;
  arrived: number;
  /** Priorities of those that were granted since the row before. */
  granted: number[];
  waiting: number;
  left: number;
  /** Somebody was told that more is due today than is left of it. */
  told: boolean;
};

const CREDITS_A_MARK = 4;

function lineOf({ time, arrived, granted, waiting, left, told }: ChartRow): string {
  const lowest = granted.length === 0 ? '–' : Math.min(...granted);
  const figures = [
    time.padEnd(8),
    String(arrived || '').padStart(7),
    String(granted.length || '').padStart(7),
    String(waiting).padStart(7),
    String(left).padStart(7),
    String(lowest).padStart(7),
  ];
  const marks = '█'.repeat(Math.ceil(granted.length / CREDITS_A_MARK));
  const dots = '░'.repeat(Math.ceil(waiting / CREDITS_A_MARK));
  return `${figures.join(' ')}  ${marks}${dots}${told ? '  ← shortfall told' : ''}`.trimEnd();
}

/** The whole document. */
export function chartOf(rows: ChartRow[]): string {
  const heads = [
    'time'.padEnd(8),
    ...['arrived', 'granted', 'waiting', 'left', 'lowest'].map((head) => head.padStart(7)),
  ];
  return [
    '# A day of a budget',
    '',
    `400 mails of mixed priority arrive within one day at an account with ${PER_DAY} credits a day and ${PER_HOUR} an hour, without`,
    'ageing and reserve. The day is simulated: a real Temporal server moves the clock of the budget hour by hour.',
    '`test/journeys/budget-day.test.ts` checks each row, and writes this page with `UPDATE_DOCS=1`.',
    '',
    '`granted`: mails that went since the row before, always the most urgent of those that waited. `lowest`: the lowest',
    'priority among them. `waiting` and `left` (credits of the day) are as they stand before the next row. One █ is up',
    'to four granted, one ░ up to four that still wait.',
    '',
    '```text',
    heads.join(' '),
    ...rows.map(lineOf),
    '```',
    '',
    '- The first mails after an hour in which nobody waited go as they come, as long as the hour has credits.',
    '- What the night did not use returns to the day, and goes in order from 23:30 on.',
    '- Where more is due today than is left of the day, somebody is told, once.',
    '- The rest waits for tomorrow, whose first credits go to the most urgent of them.',
    '',
  ].join('\n');
}
