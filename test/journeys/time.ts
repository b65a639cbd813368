/** Moves the clock of one workflow, by the dev server's own time skipping: nothing in the product knows of it. */
import type { Client } from '@temporalio/client';

/** Of `FastForwardPollingResult`; anything else is a poll that ended before the skip did. */
const COMPLETED = 2;
const FAILED = 3;

let number = 0;

/** Lets `hours`, to the second, pass for one running workflow; the server skips whenever nothing is under way there. */
export async function letPass(client: Client, workflowId: string, hours: number): Promise<string> {
  const { namespace } = client.options;
  const workflowExecution = { workflowId };
  number += 1;
  const id = `skip-${process.pid}-${number}`;
  const duration = { seconds: Math.round(hours * 3600) };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  } as never);
  return id;
}

/** Resolves once all of a skip that `letPass` began has passed. Throws where the workflow ended before. */
export async function untilPassed(client: Client, workflowId: string, skip: string): Promise<void> {
  for (;;) {
    const { fastForwardPollingResult, failedReason } =
      await client.workflowService.pollWorkflowExecutionTimeSkipping({
        namespace: client.options.namespace,
        workflowExecution: { workflowId },
        fastForwardId: skip,
      });
    if (fastForwardPollingResult === COMPLETED) return;
    if (fastForwardPollingResult === FAILED)
      throw new Error(`the clock of ${workflowId} did not get there: ${failedReason}`);
  }
}
