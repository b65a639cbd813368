/** The instants of a day, by zone: days of 23, 24 and 25 hours, odd offsets, and days that have no midnight. */
import { describe, expect, it } from 'vitest';
import { dayClock } from '../../activities/day-clock.ts';

const HOUR_MS = 3_600_000;
const iso = (instantMs: number | undefined) => new Date(instantMs ?? 0).toISOString().slice(0, 16);

describe('the clock of a day', () => {
  const days: { zone: string; now: string; day: string; start: string; hours: number; because: string }[] = [
    {
      zone: 'UTC',
      now: '2026-03-02T12:00Z',
      day: '2026-03-02',
      start: '2026-03-02T00:00',
      hours: 24,
      because: 'plain',
    },
    {
      zone: 'Europe/Berlin',
      now: '2026-03-29T12:00Z',
      day: '2026-03-29',
      start: '2026-03-28T23:00',
      hours: 23,
      because: 'clocks go on',
    },
    {
      zone: 'Europe/Berlin',
      now: '2026-10-25T12:00Z',
      day: '2026-10-25',
      start: '2026-10-24T22:00',
      hours: 25,
      because: 'clocks go back',
    },
    {
      zone: 'Europe/Berlin',
      now: '2026-10-24T22:00Z',
      day: '2026-10-25',
      start: '2026-10-24T22:00',
      hours: 25,
      because: 'its first instant',
    },
    {
      zone: 'Europe/Berlin',
      now: '2026-10-25T22:59Z',
      day: '2026-10-25',
      start: '2026-10-24T22:00',
      hours: 25,
      because: 'its last minute',
    },
    {
      zone: 'America/New_York',
      now: '2026-03-08T12:00Z',
      day: '2026-03-08',
      start: '2026-03-08T05:00',
      hours: 23,
      because: 'clocks go on',
    },
    {
      zone: 'Africa/Cairo',
      now: '2026-04-24T12:00Z',
      day: '2026-04-24',
      start: '2026-04-23T22:00',
      hours: 23,
      because: 'it begins at one o’clock',
    },
    {
      zone: 'Africa/Cairo',
      now: '2026-10-29T12:00Z',
      day: '2026-10-29',
      start: '2026-10-28T21:00',
      hours: 25,
      because: '23 o’clock comes twice',
    },
    {
      zone: 'Asia/Kathmandu',
      now: '2026-03-02T12:00Z',
      day: '2026-03-02',
      start: '2026-03-01T18:15',
      hours: 24,
      because: '5:45 ahead',
    },
    {
      zone: 'Australia/Lord_Howe',
      now: '2026-10-04T03:00Z',
      day: '2026-10-04',
      start: '2026-10-03T13:30',
      hours: 23.5,
      because: 'half an hour is left out',
    },
    {
      zone: 'Pacific/Kiritimati',
      now: '2026-03-02T12:00Z',
      day: '2026-03-03',
      start: '2026-03-02T10:00',
      hours: 24,
      because: 'the earliest zone',
    },
  ];
  for (const { zone, now, day, start, hours, because } of days)
    it(`in ${zone} at ${now} is that of ${day}, ${hours} hours long (${because})`, () => {
      const clock = dayClock(zone, '23:30', Date.parse(now));
      expect([clock.day, iso(clock.startMs), (clock.endMs - clock.startMs) / HOUR_MS]).toEqual([
        day,
        start,
        hours,
      ]);
      expect(clock.ticksMs[0]).toBe(clock.startMs);
      expect(clock.ticksMs).toHaveLength(Math.floor(hours));
      expect(clock.tickHours).toHaveLength(Math.floor(hours));
      expect(clock.flushMs).toBeLessThanOrEqual(clock.endMs - HOUR_MS / 2);
    });

  it('names the local hour of each tick: the left out one is missing, the repeated one stands twice', () => {
    const hoursOf = (now: string) =>
      dayClock('Europe/Berlin', '23:30', Date.parse(now)).tickHours.slice(0, 5);
    expect(hoursOf('2026-03-29T12:00Z')).toEqual([0, 1, 3, 4, 5]);
    expect(hoursOf('2026-10-25T12:00Z')).toEqual([0, 1, 2, 2, 3]);
  });

  it('ends the six days after it at their own midnights', () => {
    const { endMs, laterEndsMs } = dayClock('Europe/Berlin', '23:30', Date.parse('2026-03-27T12:00Z'));
    expect(laterEndsMs.map((laterMs) => (laterMs - endMs) / HOUR_MS)).toEqual([24, 47, 71, 95, 119, 143]);
  });

  it('follows the one before without a gap for two years', () => {
    let clock = dayClock('America/Sao_Paulo', '23:30', Date.parse('2017-06-01T12:00Z'));
    for (let day = 0; day < 730; day += 1) {
      const next = dayClock('America/Sao_Paulo', '23:30', clock.endMs);
      expect(next.startMs).toBe(clock.endMs);
      expect(next.endMs).toBe(clock.laterEndsMs[0]);
      clock = next;
    }
  });

  const flushes: [string, string, string][] = [
    ['23:30', '2026-03-29T12:00Z', '2026-03-29T21:30'],
    ['18:07', '2026-03-29T12:00Z', '2026-03-29T16:07'],
    ['02:30', '2026-03-29T12:00Z', '2026-03-29T01:00'],
    ['02:30', '2026-10-25T12:00Z', '2026-10-25T00:30'],
    ['00:00', '2026-10-25T12:00Z', '2026-10-24T22:00'],
    ['24:00', '2026-10-25T12:00Z', '2026-10-25T23:00'],
  ];
  for (const [flushAt, now, expected] of flushes)
    it(`flushes in Berlin on ${now.slice(0, 10)} from ${flushAt}, which is ${expected} UTC`, () =>
      expect(iso(dayClock('Europe/Berlin', flushAt, Date.parse(now)).flushMs)).toBe(expected));

  it('refuses a zone and a time that are none, by name', () => {
    expect(() => dayClock('Europe/Nowhere', '23:30', 0)).toThrow('Europe/Nowhere');
    expect(() => dayClock('UTC', 'noon', 0)).toThrow('«noon»');
  });
});
