/** Starts the workflow of one outbound mail, once a request: the id follows from account and idempotency key. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import {
  mailCategoryKey,
  mailDomainKey,
  mailFromKey,
  mailKindKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
  taskQueues,
} from '../../workflows/messages.ts';
import {
  SEND_WORKFLOW,
  type SendInput,
  type SendMemo,
  sendWorkflowId,
} from '../../workflows/send-messages.ts';
import type { Config } from '../config.ts';
import { cutKeyword, cutKeywordList, mailText } from '../mail/search.ts';
import type { SendNotice } from '../mail/send.ts';
import { START_DEADLINE_MS } from './start-mail.ts';

const SUMMARY_MAX = 180;
const TEXT_RECIPIENTS_MAX = 20;

/** `same`: it was started before with the same body. `different`: with another one; this request must be refused. */
export type SendStarted = 'started' | 'same' | 'different';

/** `bodyHash`: a digest of the request, which a repeated idempotency key must match (rule 69). */
export async function startSend(
  client: Client,
  settings: { taskQueue: string; eager?: boolean },
  notice: SendNotice,
  bodyHash: string,
): Promise<SendStarted> {
  const workflowId = sendWorkflowId(notice.id);
  const withDeadline = <T>(call: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + START_DEADLINE_MS, call);
  const input: SendInput = { notice };
  const memo: SendMemo = { bodyHash, account: notice.account };
  try {
    await withDeadline(() =>
      client.workflow.start(SEND_WORKFLOW, {
        workflowId,
        taskQueue: settings.taskQueue,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        args: [input],
        memo,
        staticSummary:
          `${notice.from} → ${notice.recipients[0] ?? 'nobody'} (${notice.recipients.length})`.slice(
            0,
            SUMMARY_MAX,
          ),
        requestEagerStart: settings.eager === true,
        typedSearchAttributes: [
          { key: mailStatusKey, value: 'accepted' },
          { key: mailKindKey, value: 'send' },
          { key: mailCategoryKey, value: notice.category },
          { key: mailDomainKey, value: cutKeyword(notice.from.slice(notice.from.lastIndexOf('@') + 1)) },
          { key: mailFromKey, value: cutKeyword(notice.from) },
          { key: mailToKey, value: cutKeywordList(notice.recipients) },
          {
            key: mailTextKey,
            value: mailText(notice.subject, [
              notice.from,
              ...notice.recipients.slice(0, TEXT_RECIPIENTS_MAX),
            ]),
          },
        ],
      }),
    );
    return 'started';
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const { memo: known } = await withDeadline(() => client.workflow.getHandle(workflowId).describe());
  return (known as SendMemo | undefined)?.bodyHash === bodyHash ? 'same' : 'different';
}

/** `startSend` on the task queue of a deployment, as the intake of sends takes it. */
export const sendStarter =
  ({ name }: Pick<Config, 'name'>, client: Client) =>
  (notice: SendNotice, bodyHash: string): Promise<SendStarted> =>
    startSend(client, { taskQueue: taskQueues(name).mail }, notice, bodyHash);
