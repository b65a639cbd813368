/**
 * Sixty days of a budget in a simulated world, watched by a checker that was written apart from it. A failing seed is
 * named: `SIMULATION_SEED=7 npm test -- test/simulation` runs that one alone, `SIMULATION_SEEDS=500` more of them.
 */
import { describe, expect, it } from 'vitest';
import { newBooks } from './budget-books.ts';
import { checkStep } from './budget-checker.ts';
import { arrive, fillDay, handle, newWorld, runUntil } from './budget-world.ts';

const DAY_MS = 86_400_000;
const DAYS = 60;

function seeds(): number[] {
  const { SIMULATION_SEED: one, SIMULATION_SEEDS: many } = process.env;
  if (one !== undefined) return [Number(one)];
  return Array.from({ length: Number(many ?? 8) }, (_, index) => index + 1);
}

/** Runs a world to its end; every broken promise with its seed, its step and its instant. */
function simulate(seed: number): { problems: string[]; waiting: number } {
  const problems: string[] = [];
  let steps = 0;
  const world = newWorld(seed, (event, step, toldMs) => {
    steps += 1;
    const place = `seed ${seed}, step ${steps}, ${event.kind} at ${new Date(toldMs).toISOString()}`;
    if (problems.length < 5)
      problems.push(...checkStep(books, event, step, toldMs).map((problem) => `${place}: ${problem}`));
  });
  const { limits, clock, nowMs } = world.b;
  const books = newBooks(world.zone, { limits, clock, nowMs });
  arrive(world, 40);
  for (let day = 0; day < DAYS; day += 1) {
    fillDay(world);
    runUntil(world, world.startMs + (day + 1) * DAY_MS, true);
  }
  // Nothing new comes, and messages still under way arrive; then whoever still waits must get his turn.
  runUntil(world, world.nowMs + 3 * DAY_MS, false);
  handle(world, { kind: 'setLimits', limits: { perDay: 300, perHour: 12 } });
  handle(world, { kind: 'resume' });
  runUntil(world, world.nowMs + 30 * DAY_MS, false);
  problems.push(...world.problems.map((problem) => `seed ${seed}: ${problem}`));
  const reserved = Object.values(world.b.reserved);
  const held = reserved.reduce((sum, entry) => sum + entry.granted - entry.spent - entry.returned, 0);
  const expected = [...books.entries.values()].flatMap((entry) => entry.credits);
  const open = expected.filter((credit) => credit.state === 'reserved').length;
  if (held !== open)
    problems.push(`seed ${seed}: ${held} credits are reserved, of ${open} granted and not settled`);
  return { problems, waiting: books.waiting.size };
}

describe('a budget in a world of duplicates, crashes, clock jumps, changed limits and refusals', () => {
  it.each(seeds())('keeps every promise over sixty days (seed %i)', { timeout: 60_000 }, (seed) => {
    const { problems, waiting } = simulate(seed);
    expect(problems).toEqual([]);
    expect(waiting, `seed ${seed}: nobody is starved`).toBe(0);
  });
});
