/** What Temporal itself says about the workflows of a domain that have ended. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const OPEN_MS_MAX = 10_000;
const LOOK_MS = 100;

/** `at`: milliseconds since 1970. `transitions`: how often the server wrote the workflow's state. */
export type Closed = { at: number; events: number; transitions: number };

/** By mail id. Waits for those that are about to end. */
export async function readClosed(client: Client, domain: string): Promise<Map<string, Closed>> {
  const running = `MailDomain = "${domain}" AND ExecutionStatus = "Running"`;
  for (const latest = Date.now() + OPEN_MS_MAX; (await client.workflow.count(running)).count > 0; ) {
    if (Date.now() > latest) throw new Error(`workflows of ${domain} are still open`);
    await pause(LOOK_MS);
  }
  const closed = new Map<string, Closed>();
  for await (const one of client.workflow.list({ query: `MailDomain = "${domain}"`, pageSize: 1000 })) {
    const id = one.workflowId.slice(one.workflowId.lastIndexOf(':') + 1);
    const transitions = Number(one.raw.stateTransitionCount ?? Number.NaN);
    closed.set(id, { at: one.closeTime?.getTime() ?? Number.NaN, events: one.historyLength, transitions });
  }
  return closed;
}
