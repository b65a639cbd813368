/** What outbound mails and budgets say to each other: questions for credits, grants, and what was not used. */
import { getClient } from '@temporalio/activity';
import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import {
  BUDGET_WORKFLOW,
  budgetWorkflowId,
  type CreditMessage,
  creditsSignal,
  expireSignal,
  fullSignal,
  grantSignal,
  sendWorkflowId,
} from '../workflows/send-messages.ts';
import { alert } from './alert.ts';
import { dayClock } from './day-clock.ts';
import type { CreditQuestion, SendActivities } from './send-activities.ts';
import type { SendActivityParts } from './send-parts.ts';

/** Signals under way at once. */
const SIGNALS_MAX = 16;

const instantOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : Date.parse(time);

/** The request; and its urgency once more, since a request that waits already stays as it is when it comes again. */
function questionOf({ notice, credits, priority, deadline, expiresAt }: CreditQuestion): CreditMessage[] {
  const deadlineMs = instantOf(deadline);
  const expiresMs = instantOf(expiresAt);
  const id = sendWorkflowId(notice.id);
  const urgency = {
    ...(priority === undefined ? {} : { priority }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(expiresMs === undefined ? {} : { expiresMs }),
  };
  const transactional = notice.category === 'transactional';
  const arrivedMs = Date.parse(notice.acceptedAt);
  return [
    { about: 'request', request: { id, credits, arrivedMs, transactional, ...urgency } },
    { about: 'change', id, ...urgency },
  ];
}

/** Starts the budget of an account where it does not run yet, and tells it. */
async function tellBudget(taskQueue: string, account: string, messages: CreditMessage[]): Promise<void> {
  await getClient().workflow.signalWithStart(BUDGET_WORKFLOW, {
    workflowId: budgetWorkflowId(account),
    taskQueue,
    args: [{ account }],
    signal: creditsSignal,
    signalArgs: [messages],
    staticSummary: `budget of ${account}`,
  });
}

/** Makes the activities that speak with budgets. */
export function createCreditActivities(
  parts: SendActivityParts,
): Pick<
  SendActivities,
  'askCredits' | 'withdrawCredits' | 'settleCredits' | 'readBudgetSetting' | 'deliverGrants' | 'tellShortfall'
> {
  const { config, accounts } = parts;
  return {
    withdrawCredits: ({ account, id }) =>
      tellBudget(config.name, account, [{ about: 'withdraw', id: sendWorkflowId(id) }]),
    askCredits: (question) => tellBudget(config.name, question.notice.account, questionOf(question)),
    async settleCredits({ account, id, granted, spent }) {
      const settled = {
        about: 'settle',
        id: sendWorkflowId(id),
        spent,
        returned: Math.max(0, granted - spent),
      } as const;
      await tellBudget(config.name, account, [settled, { about: 'withdraw', id: settled.id }]);
    },
    async readBudgetSetting({ account, nowMs }) {
      // Asked for when the account has changed: what was read a moment ago is the very thing that no longer holds.
      const found = await accounts.findNow(account);
      if (found === undefined)
        throw new Error(`there is no account ${account}; create it or correct its name`);
      return {
        limits: found.limits,
        clock: dayClock(found.timeZone, found.flushAt, nowMs),
        paused: found.paused,
      };
    },
    deliverGrants,
    async tellShortfall({ account, shortfall }) {
      const { day, due, left } = shortfall;
      await alert(parts, {
        kind: 'shortfall',
        text: `${due} credits of account ${account} are due on ${day}, and only ${left} are left of that day.`,
        id: `shortfall:${account}:${day}`,
        at: new Date().toISOString(),
      });
    },
  };
}

/** Signals each mail; those that are not there any more are named, so that their credits go back. */
async function deliverGrants({
  grants,
  expired,
  full,
}: Parameters<SendActivities['deliverGrants']>[0]): Promise<{ gone: string[] }> {
  const gone: string[] = [];
  const tell = async (id: string, say: (handle: WorkflowHandle) => Promise<void>): Promise<void> => {
    try {
      await say(getClient().workflow.getHandle(id));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      gone.push(id);
    }
  };
  const calls = [
    ...grants.map(
      ({ id, total }) =>
        () =>
          tell(id, (send) => send.signal(grantSignal, { granted: total })),
    ),
    ...expired.map((id) => () => tell(id, (send) => send.signal(expireSignal))),
    ...full.map((id) => () => tell(id, (send) => send.signal(fullSignal))),
  ];
  const next = calls[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let step = next.next(); !step.done; step = next.next()) await step.value();
  };
  await Promise.all(Array.from({ length: SIGNALS_MAX }, lane));
  return { gone };
}
