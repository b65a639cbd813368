/** Moves the clock of one workflow, by the dev server's own time skipping: nothing in the product knows of it. */
import type { Client } from '@temporalio/client';

let number = 0;

/** Lets `hours` pass for one running workflow. Resolves once the server skipped there. */
export async function letPass(client: Client, workflowId: string, hours: number): Promise<void> {
  const { namespace } = client.options;
  const workflowExecution = { workflowId };
  number += 1;
  const id = `skip-${process.pid}-${number}`;
  const duration = { seconds: hours * 3600 };
  await client.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution,
    workflowExecutionOptions: {
      timeSkippingConfig: { enabled: true, fastForwardConfig: { id, duration } },
    },
    updateMask: { paths: ['time_skipping_config'] },
  } as never);
}
