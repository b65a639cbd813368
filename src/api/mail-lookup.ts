/**
 * Finds one mail by its id: in Temporal while that holds it, with the notice it was started with; otherwise only the
 * names under which the ledger and the bucket know it. Mails of other deployments are not found.
 */
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { MAIL_WORKFLOW, type MailInput, taskQueues } from '../../workflows/messages.ts';
import { bucketOf, type Config } from '../config.ts';
import { Problem, unknownMail } from './problems.ts';
import { askServer } from './temporal-call.ts';

/** Where a mail's bytes are. `bucket/key` is its name in the ledger. */
export type StoredAt = { bucket: string; key: string };

export type FoundMail = {
  id: string;
  domain: string;
  messageId: string;
  stored: StoredAt;
  /** Absent beyond Temporal's retention. */
  held?: { description: WorkflowExecutionDescription; input: MailInput };
};

/** What the first event of the run says. A run that continues an earlier one starts with the same input. */
async function readInput(client: Client, namespace: string, id: string, runId: string): Promise<MailInput> {
  const { history } = await askServer(client, () =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId: id, runId },
      maximumPageSize: 1,
    }),
  );
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  if (!payload) throw new Error(`The first event of ${id} (run ${runId}) holds no input.`);
  return defaultPayloadConverter.fromPayload<MailInput>(payload);
}

async function describe(client: Client, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await askServer(client, () => client.workflow.getHandle(id).describe());
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * The mail of that id. Throws a 404 problem for an id that no mail of this deployment can have; one that Temporal
 * does not hold may still turn out to be unknown to ledger and bucket, too.
 */
export async function findMail(client: Client, config: Config, id: string): Promise<FoundMail> {
  const [, domain, messageId] = /^mail:([^:]+):(.+?)(?::[0-9a-f]{8})?$/s.exec(id) ?? [];
  if (domain === undefined || messageId === undefined || id.length > 1_000) throw unknownMail();
  const description = await describe(client, id);
  if (description === undefined) {
    if (!config.domains.includes(domain)) throw unknownMail();
    return { id, domain, messageId, stored: { bucket: bucketOf(config, domain), key: messageId } };
  }
  if (description.type !== MAIL_WORKFLOW || description.taskQueue !== taskQueues(config.name).mail) {
    throw unknownMail();
  }
  const input = await readInput(client, config.temporal.namespace, id, description.runId);
  const { bucket, key } = input.notice;
  return { id, domain, messageId, stored: { bucket, key }, held: { description, input } };
}
