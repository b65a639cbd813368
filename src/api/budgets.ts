/**
 * `/v1/budgets/{account}`: credits left and who waits, in order; limits, pause and resume. The account store keeps
 * what is set; the budget's workflow, where one runs, is told to read it again.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Client } from '@temporalio/client';
import { dayClock } from '../../activities/day-clock.ts';
import { accountChangedSignal, budgetQuery, budgetWorkflowId } from '../../workflows/send-messages.ts';
import { newBudget } from '../mail/budget.ts';
import { type BudgetSnapshot, snapshot } from '../mail/budget-snapshot.ts';
import type { Account } from '../stores/account-store.ts';
import { accountName } from '../stores/send-request.ts';
import {
  budgetSchema,
  budgetViewOf,
  settingOf,
  settingSchema,
  wantedSettingSchema,
} from './budget-schema.ts';
import { accountFor } from './caller.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { Problem, problemResponses } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { askServer, askWorker } from './temporal-call.ts';

const PLACE = 'the table of accounts';
/** Of those who wait, in one answer. */
const PAGE_MAX = 1_000;

const security = [{ key: [] }];
const tags = ['Budgets'];
const params = z.object({ account: accountName });
const page = z.strictObject({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(100),
});
const setting = {
  description: 'Saved; within five seconds every process heeds it',
  content: { 'application/json': { schema: settingSchema } },
};

const read = createRoute({
  method: 'get',
  path: '/v1/budgets/{account}',
  tags,
  summary: 'Credits left, and who waits, the next to go first',
  security,
  request: { params, query: page },
  responses: {
    200: { description: 'How it stands', content: { 'application/json': { schema: budgetSchema } } },
    ...problemResponses(401, 403, 404, 422, 429, 503, 504),
  },
});

const put = createRoute({
  method: 'put',
  path: '/v1/budgets/{account}',
  tags,
  summary: 'Set the limits of an account; with a key of all accounts it is made where it is missing',
  security,
  request: {
    params,
    body: { required: true, content: { 'application/json': { schema: wantedSettingSchema } } },
  },
  responses: { 200: setting, ...problemResponses(400, 401, 403, 404, 413, 415, 422, 429, 503) },
});

const describeTurn = <W extends string>(word: W, summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/budgets/{account}/${word}` as const,
    tags,
    summary,
    security,
    request: { params },
    responses: { 200: setting, ...problemResponses(401, 403, 404, 422, 429, 503) },
  });

const turns = [
  { paused: true, route: describeTurn('pause', 'Grant nothing more until it is resumed') },
  { paused: false, route: describeTurn('resume', 'Grant again, those who waited first') },
] as const;

/** The budget of an account of which nobody has asked anything today. */
function unusedBudget({ account, limits, timeZone, flushAt }: Account, nowMs: number): BudgetSnapshot {
  const clock = dayClock(timeZone, flushAt, nowMs);
  return snapshot(newBudget({ account, limits, clock, nowMs }), { offset: 0, count: 0 }, nowMs);
}

const handleOf = (temporal: Client, account: string) =>
  temporal.workflow.getHandle(budgetWorkflowId(account));
const unlessMissing = (error: unknown): undefined => {
  if (!(error instanceof Problem && error.status === 404)) throw error;
};

/** What the workflow says; undefined where none runs, or where it slept since its day ended. */
async function askRunning(
  temporal: Client,
  account: string,
  wanted: { offset: number; count: number; nowMs: number },
): Promise<BudgetSnapshot | undefined> {
  const handle = handleOf(temporal, account);
  const found = await askServer(temporal, () => handle.describe()).catch(unlessMissing);
  if (found?.status.name !== 'RUNNING') return undefined;
  const seen = await askWorker(temporal, () => handle.query(budgetQuery, wanted)).catch(unlessMissing);
  return seen === undefined || (seen.waiting === 0 && seen.endMs <= wanted.nowMs) ? undefined : seen;
}

/** Adds the routes. */
export function addBudgets(
  app: OpenAPIHono,
  { temporal, accounts, now }: ApiDependencies & AccountStores,
): void {
  /** Read now: what is about to be changed or told must not be that of a moment ago. */
  async function findAccount(name: string): Promise<Account> {
    const account = await storeProblem(PLACE, () => accounts.findNow(name));
    if (account !== undefined) return account;
    throw new Problem(404, 'not-found', `There is no account ${name} that this key may use.`);
  }

  async function save(account: Account): Promise<z.infer<typeof settingSchema>> {
    await storeProblem(PLACE, () => accounts.save(account));
    const handle = handleOf(temporal, account.account);
    await askServer(temporal, () => handle.signal(accountChangedSignal)).catch(unlessMissing);
    return settingOf(account);
  }

  app.openapi(read, async (c) => {
    const { offset, limit } = c.req.valid('query');
    const account = await findAccount(accountFor(c, c.req.valid('param').account));
    const nowMs = now();
    const running = await askRunning(temporal, account.account, { offset, count: limit, nowMs });
    return c.json(budgetViewOf(account, running ?? unusedBudget(account, nowMs), offset), 200);
  });

  app.openapi(put, async (c) => {
    const name = accountFor(c, c.req.valid('param').account);
    const { limits, timeZone, flushAt } = c.req.valid('json');
    const known = await storeProblem(PLACE, () => accounts.findNow(name));
    const account = known ?? accounts.blank(name);
    const changed = {
      ...account,
      limits,
      timeZone: timeZone ?? account.timeZone,
      flushAt: flushAt ?? account.flushAt,
    };
    return c.json(await save(changed), 200);
  });

  for (const { paused, route } of turns) {
    app.openapi(route, async (c) => {
      const account = await findAccount(accountFor(c, c.req.valid('param').account));
      return c.json(await save({ ...account, paused }), 200);
    });
  }
}
