/**
 * The budget of one account as an entity: takes in who asks for credits, grants them at each tick, and tells those
 * who waited. All arithmetic is in src/mail/budget.ts; instants come from a recorded activity, never from a zone.
 */
import {
  condition,
  continueAsNew,
  metricMeter,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { SendActivities } from '../activities/send-activities.ts';
import * as machine from '../src/mail/budget.ts';
import { leftOfDay, NO_LIMIT } from '../src/mail/budget-limits.ts';
import { type PackedBudget, packBudget, unpackBudget } from '../src/mail/budget-pack.ts';
import { snapshot } from '../src/mail/budget-snapshot.ts';
import { type Budget, type BudgetStep, WAITING_MAX } from '../src/mail/budget-state.ts';
import { isLong } from './deliver-round.ts';
import {
  accountChangedSignal,
  type BudgetInput,
  budgetQuery,
  type CreditMessage,
  creditsSignal,
} from './send-messages.ts';

/** Mails told in one activity: a release of thousands goes out in paced chunks. */
const GRANTS_AT_ONCE = 200;
/** Messages of one run, well below the 10,000 signals that the server takes. */
const SIGNALS_MAX = 5_000;
/** How often the number of those who wait is published, at most. */
const PUBLISH_MS = 5_000;
const PAGE = { offset: 0, count: 100 };

const local = proxyLocalActivities<SendActivities>({ startToCloseTimeout: '5s' });
const regular = proxyActivities<SendActivities>({ startToCloseTimeout: '2 minutes' });

/** What waits to be said or done in this run; never carried, since a run ends only when it is empty. */
type Inbox = { messages: CreditMessage[]; signals: number; isStale: boolean };

/** Keeps one account's budget. `carried` is what the run before knew. */
export async function budgetWorkflow({ account }: BudgetInput, carried?: PackedBudget): Promise<void> {
  const inbox: Inbox = { messages: [], signals: 0, isStale: carried === undefined };
  setHandler(creditsSignal, (messages) => {
    inbox.messages.push(...messages);
    inbox.signals += 1;
  });
  setHandler(accountChangedSignal, () => {
    inbox.isStale = true;
    inbox.signals += 1;
  });
  const budget = carried === undefined ? await open(account) : unpackBudget(carried);
  setHandler(budgetQuery, (page) => snapshot(budget, page ?? PAGE, page?.nowMs ?? Date.now()));
  let published = { waiting: -1, atMs: 0 };

  for (;;) {
    await catchUp(budget, inbox);
    await act(budget, takeIn(budget, inbox));
    measure(budget);
    published = publish(budget, published);
    const isWorn = isLong() || inbox.signals >= SIGNALS_MAX;
    if (isWorn && inbox.messages.length === 0 && !inbox.isStale) {
      await continueAsNew<typeof budgetWorkflow>({ account }, packBudget(budget));
    }
    await waitForNext(budget, inbox);
  }
}

async function open(account: string): Promise<Budget> {
  const nowMs = Date.now();
  const { limits, clock, paused } = await local.readBudgetSetting({ account, nowMs });
  const budget = machine.newBudget({ account, limits, clock, nowMs });
  if (paused) machine.pause(budget, nowMs);
  return budget;
}

/** A new day, or other limits: read once, and told to the machine before anybody is served by the old ones. */
async function catchUp(budget: Budget, inbox: Inbox): Promise<void> {
  const needsDay =
    machine.isDayOver(budget, Date.now()) && (inbox.messages.length > 0 || budget.waitingCount > 0);
  if (!inbox.isStale && !needsDay) return;
  inbox.isStale = false;
  const { limits, clock, paused } = await local.readBudgetSetting({
    account: budget.account,
    nowMs: Date.now(),
  });
  const nowMs = Date.now();
  const steps = [
    machine.startDay(budget, clock, nowMs),
    machine.setLimits(budget, limits, nowMs),
    ...(paused === budget.paused
      ? []
      : [paused ? machine.pause(budget, nowMs) : machine.resume(budget, nowMs)]),
  ];
  await act(budget, merged(steps));
}

/** Everything that was said meanwhile, in order, and then the time. */
function takeIn(budget: Budget, inbox: Inbox): BudgetStep {
  const nowMs = Date.now();
  const messages = inbox.messages.splice(0);
  const steps = messages.map((message): BudgetStep => {
    switch (message.about) {
      case 'request':
        return machine.request(budget, [message.request], nowMs);
      case 'settle':
        return machine.settle(budget, message, nowMs);
      case 'withdraw':
        return machine.withdraw(budget, message, nowMs);
      default: {
        const { about: _, ...change } = message;
        return machine.reprioritise(budget, change, nowMs);
      }
    }
  });
  return merged([...steps, machine.tick(budget, nowMs)]);
}

function merged(steps: BudgetStep[]): BudgetStep {
  const shortfall = steps.find((step) => step.shortfall !== undefined)?.shortfall;
  return {
    grants: steps.flatMap((step) => step.grants),
    expired: steps.flatMap((step) => step.expired),
    full: steps.flatMap((step) => step.full),
    settled: steps.flatMap((step) => step.settled),
    ...(shortfall === undefined ? {} : { shortfall }),
  };
}

/** Tells those who wait; credits of mails that are not there any more go back. */
async function act(budget: Budget, step: BudgetStep): Promise<void> {
  const { grants, expired, full } = step;
  const some = <T>(all: T[], at: number): T[] => all.slice(at, at + GRANTS_AT_ONCE);
  const most = Math.max(grants.length, expired.length, full.length);
  for (let at = 0; at < most; at += GRANTS_AT_ONCE) {
    const chunk = { grants: some(grants, at), expired: some(expired, at), full: some(full, at) };
    const { gone } = await regular.deliverGrants(chunk);
    for (const id of gone) {
      const returned = chunk.grants.find((grant) => grant.id === id)?.total ?? 0;
      await act(budget, machine.settle(budget, { id, spent: 0, returned }, Date.now()));
    }
  }
  if (step.shortfall !== undefined) {
    await regular.tellShortfall({ account: budget.account, shortfall: step.shortfall });
  }
}

/** How the budget stands, on the worker's metrics page; an unlimited day has infinitely much left. */
function measure(budget: Budget): void {
  const tags = { account: budget.account };
  const left = leftOfDay(budget);
  const shown = left === NO_LIMIT ? Number.POSITIVE_INFINITY : left;
  metricMeter.createGauge('budget_credits_left', 'float').set(shown, tags);
  metricMeter.createGauge('budget_waiting').set(budget.waitingCount, tags);
}

/** Says in the memo how many wait, so that nobody need ask the entity itself. */
function publish(budget: Budget, last: { waiting: number; atMs: number }): { waiting: number; atMs: number } {
  const waiting = budget.waitingCount;
  const isEdge = waiting >= WAITING_MAX !== last.waiting >= WAITING_MAX;
  if (waiting === last.waiting || (!isEdge && Date.now() - last.atMs < PUBLISH_MS)) return last;
  upsertMemo({ waiting, full: waiting >= WAITING_MAX });
  return { waiting, atMs: Date.now() };
}

/** Sleeps until somebody says something or the next instant; without anybody who waits there is no timer. */
async function waitForNext(budget: Budget, inbox: Inbox): Promise<void> {
  const isCalled = (): boolean => inbox.messages.length > 0 || inbox.isStale;
  const nextMs = machine.nextInstantMs(budget);
  if (nextMs === undefined) await condition(isCalled);
  else await condition(isCalled, Math.max(1, nextMs - Date.now()));
}
