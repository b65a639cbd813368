/** The 400-mail experiment: one simulated day of a budget, moved hour by hour, while the mails stay on real time. */
import { readFile, writeFile } from 'node:fs/promises';
import { defaultPayloadConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { openSendIntake } from '../../src/stores/send-intake.ts';
import { readSendRequest } from '../../src/stores/send-request.ts';
import { BUDGET_WORKFLOW, budgetQuery, sendWorkflowId } from '../../workflows/send-messages.ts';
import { type ChartRow, chartOf } from './day-chart.ts';
import { type DayModel, openDayModel, PER_DAY, PER_HOUR } from './day-model.ts';
import { DAY_MS, type DayMail, HOUR_MS, mailsOfDay } from './day-of-mails.ts';
import { letPass, untilPassed } from './time.ts';
import { openWorld, type World } from './world.ts';

const ACCOUNT = 'a-day';
const BUDGET = `budget:${ACCOUNT}`;
const MINUTE_MS = 60_000;
/** The budget is looked at so long after each full hour: real time passes for it, too. */
const PAST_MS = 5 * MINUTE_MS;
const FLUSH_MS = 23.5 * HOUR_MS;
const SIDE_BY_SIDE = 8;
const CHART = new URL('../../docs/budget-day.md', import.meta.url);

/** A zone in which the next full hour is midnight, so that a whole day lies ahead. */
function zoneBeforeMidnight(nowMs: number): string {
  const behind = new Date(nowMs).getUTCHours() + 1;
  // These names count westwards.
  return behind <= 12 ? `Etc/GMT+${behind}` : `Etc/GMT-${24 - behind}`;
}

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.startWorker();
});
// Some 400 histories are replayed.
afterAll(() => world.close(), 120_000);

/** Hands mails over, the ids of their workflows by recipient. */
function publisherOf({ config, client, parts, domain }: World) {
  const takeIn = openSendIntake(config.name, { store: parts.sends, start: sendStarter(config, client) });
  const ids = new Map<string, string>();
  const hand = async ({ to, priority, deadlineMs, arrivedMs }: DayMail): Promise<void> => {
    const read = readSendRequest({
      ...{ from: `shop@${domain}`, to, subject: 'Your order', text: 'Thank you.', category: 'transactional' },
      ...(priority === undefined ? {} : { priority }),
      ...(deadlineMs === undefined ? {} : { deadline: new Date(deadlineMs).toISOString() }),
    });
    if ('errors' in read) throw new Error(JSON.stringify(read.errors));
    const { id } = await takeIn(read.ok, { account: ACCOUNT, key: to, nowMs: arrivedMs });
    ids.set(to, sendWorkflowId(id));
  };
  return {
    ids,
    async publish(mails: readonly DayMail[]): Promise<void> {
      const rest = mails.values();
      const lane = async (): Promise<void> => {
        for (const mail of rest) await hand(mail);
      };
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
    },
  };
}

/** The budget's own clock: real time, and what was skipped. */
function clockOf({ client }: World) {
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  return {
    nowMs,
    async moveTo(instantMs: number): Promise<void> {
      const skipMs = Math.round((instantMs - nowMs()) / 1000) * 1000;
      await untilPassed(client, BUDGET, await letPass(client, BUDGET, skipMs / HOUR_MS));
      aheadMs += skipMs;
    },
  };
}

/** Whom the budget granted a credit, in its order, over all of its activities. */
async function grantedInOrder({ client }: World): Promise<string[]> {
  const { events } = await client.workflow.getHandle(BUDGET).fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) => {
    if (scheduled?.activityType?.name !== 'deliverGrants') return [];
    const input = defaultPayloadConverter.fromPayload(scheduled.input!.payloads![0]!) as {
      grants: { id: string; credits: number }[];
    };
    return input.grants.filter(({ credits }) => credits > 0).map(({ id }) => id);
  });
}

type Day = {
  model: DayModel;
  clock: ReturnType<typeof clockOf>;
  publisher: ReturnType<typeof publisherOf>;
  rows: ChartRow[];
  /** Recipients in the order of the model. */
  served: string[];
  told: boolean;
};

/** Waits until the budget stands as the model does, then compares who was sent to and who waits, in order. */
async function settle({ model, clock, publisher, served }: Day, isTold: boolean): Promise<void> {
  const look = () =>
    world.client.workflow
      .getHandle(BUDGET)
      .query(budgetQuery, { offset: 0, count: 1000, nowMs: clock.nowMs() });
  const waiting = model.waiting();
  const alerts = () => world.counts.filter((count) => count === 'alert shortfall').length;
  const budget = await world.until(async () => {
    const seen = await look();
    const isThere = seen.left === model.left() && seen.waiting === waiting.length && seen.reserved === 0;
    return isThere && world.outside.received.length >= served.length && alerts() >= Number(isTold) && seen;
  });
  const received = world.outside.received.map((mail) => mail.to.join());
  expect(received.toSorted()).toEqual(served.toSorted());
  expect(budget.entries.map(({ id }) => id)).toEqual(waiting.map(({ to }) => publisher.ids.get(to)));
  expect(budget.entries.map(({ priority }) => priority)).toEqual(waiting.map(model.priorityOf));
  expect(alerts()).toBe(Number(isTold));
}

/** One row of the day: who goes at this moment, then who arrives. */
async function moment(day: Day, time: string, granted: DayMail[], arrivals: DayMail[] = []): Promise<void> {
  const { model, publisher, rows, served } = day;
  const serve = (mails: DayMail[]): void => void served.push(...mails.map(({ to }) => to));
  serve(granted);
  if (served.length > 0) await settle(day, day.told);
  const { atOnce, later } = model.arrive(arrivals);
  serve(atOnce);
  day.told ||= model.isShort();
  await publisher.publish(atOnce);
  // Those behind them must find the hour's credits gone.
  if (atOnce.length > 0) await world.until(async () => world.outside.received.length === served.length);
  await publisher.publish(later);
  if (served.length > 0) await settle(day, day.told);
  const all = [...granted, ...atOnce].map(model.priorityOf);
  const told = day.told && !rows.some((row) => row.told);
  const [waiting, left] = [model.waiting().length, model.left()];
  rows.push({ time, arrived: arrivals.length, granted: all, waiting, left, told });
}

/** A budget that runs on the evening before the day, and on which nothing has been asked of it. */
async function eveningBefore(): Promise<{ day: Day; batches: DayMail[][]; dayStartMs: number }> {
  const nowMs = Date.now();
  const dayStartMs = Math.ceil(nowMs / HOUR_MS) * HOUR_MS;
  await world.parts.accounts.save({
    account: ACCOUNT,
    limits: { perDay: PER_DAY, perHour: PER_HOUR, ageing: 0, reserve: 0 },
    timeZone: zoneBeforeMidnight(nowMs),
    flushAt: '23:30',
    paused: false,
  });
  await world.client.workflow.start(BUDGET_WORKFLOW, {
    workflowId: BUDGET,
    taskQueue: world.config.name,
    args: [{ account: ACCOUNT }],
  });
  const model = openDayModel(dayStartMs);
  const day = {
    model,
    clock: clockOf(world),
    publisher: publisherOf(world),
    rows: [],
    served: [],
    told: false,
  };
  return { day, batches: mailsOfDay(dayStartMs, nowMs), dayStartMs };
}

it('400 mails in a day of 300 credits, 12 an hour: the most urgent go each hour, and 100 wait for tomorrow', {
  timeout: 180_000,
}, async () => {
  const { day, batches, dayStartMs } = await eveningBefore();
  const { model, clock, publisher, rows, served } = day;
  for (const [hour, arrivals] of batches.entries()) {
    await clock.moveTo(dayStartMs + hour * HOUR_MS + PAST_MS);
    await moment(day, `${String(hour).padStart(2, '0')}:00`, model.fullHour(), arrivals);
  }
  await clock.moveTo(dayStartMs + FLUSH_MS + PAST_MS);
  await moment(day, '23:30', model.flush());
  expect(served).toHaveLength(300);
  expect(model.waiting()).toHaveLength(100);
  expect(day.told).toBe(true);

  await clock.moveTo(dayStartMs + DAY_MS + PAST_MS);
  await moment(day, '00:00 +1', model.nextDay());
  expect(rows.at(-1)).toMatchObject({ granted: { length: PER_HOUR }, waiting: 88, left: 288 });

  const flushed = rows.at(-2)!.granted.length;
  expect(flushed).toBeGreaterThan(PER_HOUR);
  const lately = (count: number) => served.slice(-count).map((to) => publisher.ids.get(to));
  expect((await grantedInOrder(world)).slice(-flushed - PER_HOUR)).toEqual(lately(flushed + PER_HOUR));

  const history = await world.client.workflow.getHandle(BUDGET).fetchHistory();
  await Worker.runReplayHistory(
    { workflowBundle: { codePath: inject('environment').workflowBundlePath! } },
    history,
  );

  if (process.env.UPDATE_DOCS === '1') await writeFile(CHART, chartOf(rows));
  expect(await readFile(CHART, 'utf8')).toBe(chartOf(rows));
});
