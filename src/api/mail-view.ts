/**
 * Tells one mail's state and timeline: an open one by asking its workflow, a closed one by its result, one beyond
 * Temporal's retention by its ledger rows.
 */

import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { type MailStatus, type MailSummary, stateQuery, timelineQuery } from '../../workflows/messages.ts';
import { type LedgerRow, newestRows } from '../stores/ledger-row.ts';
import type { ApiDependencies } from './dependencies.ts';
import { itemOf } from './mail-list.ts';
import { type FoundMail, findMail } from './mail-lookup.ts';
import type { MailDetail } from './mail-schema.ts';
import { unknownMail } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { askServer, askWorker } from './temporal-call.ts';

/** A closed mail has its story in its result; a terminated one has none, and is asked like an open one. */
async function summaryOf(client: Client, { workflowId, runId, status }: WorkflowExecutionDescription) {
  const handle = client.workflow.getHandle(workflowId, runId, { followRuns: false });
  if (status.name === 'COMPLETED') return askServer(client, () => handle.result() as Promise<MailSummary>);
  const [state, timeline] = await askWorker(client, () =>
    Promise.all([handle.query(stateQuery), handle.query(timelineQuery)]),
  );
  return { ...state, timeline };
}

async function heldDetail(
  { temporal, config, webUiUrl }: ApiDependencies,
  mail: FoundMail,
  description: WorkflowExecutionDescription,
): Promise<MailDetail> {
  const summary = await summaryOf(temporal, description);
  const page = `${webUiUrl}/namespaces/${config.temporal.namespace}/workflows/${encodeURIComponent(mail.id)}`;
  return {
    ...itemOf(description),
    source: 'workflow',
    status: summary.status,
    subject: summary.subject,
    isOpen: description.closeTime === undefined,
    held: summary.held,
    reason: summary.reason,
    recipients: summary.recipients,
    notes: summary.notes,
    deliveries: summary.deliveries,
    timeline: summary.timeline,
    stored: mail.stored,
    ...(webUiUrl === undefined ? {} : { webUi: page }),
  };
}

const STATE_OF_ROW: Record<LedgerRow['state'], string> = {
  accepted: 'delivered',
  refused: 'refused',
  blocked: 'blocked',
  released: 'pending',
  claimed: 'unknown',
  unknown: 'unknown',
};

/** The status that a mail's ledger rows amount to, when nothing else is known of it. */
export function statusOfRows(states: readonly LedgerRow['state'][]): MailStatus {
  if (states.includes('blocked')) return 'blocked';
  if (states.every((state) => state === 'accepted')) return 'delivered';
  if (states.every((state) => state === 'refused')) return 'bounced';
  return states.includes('accepted') ? 'partial' : 'failed';
}

function ledgerDetail(mail: FoundMail, rows: readonly LedgerRow[]): MailDetail {
  const newest = newestRows(rows);
  const times = rows.flatMap((row) => [row.createdAt, row.updatedAt]).sort();
  const to = [...new Set(newest.flatMap((row) => (row.to === '' ? [] : [row.to])))];
  return {
    id: mail.id,
    source: 'ledger',
    status: statusOfRows(newest.map((row) => row.state)),
    domain: mail.domain,
    from: '',
    to,
    subject: '',
    messageId: mail.messageId,
    startedAt: times[0] ?? '',
    closedAt: times.at(-1) ?? null,
    isOpen: false,
    held: false,
    reason: 'Temporal no longer holds this mail; the ledger knows what became of each delivery.',
    recipients: to,
    notes: [],
    deliveries: newest.map((row) => ({
      id: row.delivery,
      kind: row.delivery.split(':')[0] ?? '',
      to: row.to,
      route: '',
      because: '',
      generation: row.generation,
      state: STATE_OF_ROW[row.state],
      attempts: 0,
      ...(row.reply === undefined ? {} : { reply: row.reply }),
    })),
    timeline: rows.map((row) => ({
      at: row.updatedAt,
      event: 'attempt',
      text: `${row.state}${row.reply === undefined ? '' : `: ${row.reply}`}`,
      delivery: row.delivery,
      generation: row.generation,
    })),
    stored: mail.stored,
  };
}

/** Everything that is known of one mail. Throws a 404 problem where nothing is. */
export async function viewMail(dependencies: ApiDependencies, id: string): Promise<MailDetail> {
  const mail = await findMail(dependencies.temporal, dependencies.config, id);
  if (mail.held !== undefined) return heldDetail(dependencies, mail, mail.held.description);
  const rows = await storeProblem('the ledger', () =>
    dependencies.ledger.rows(`${mail.stored.bucket}/${mail.stored.key}`),
  );
  if (rows.length === 0) throw unknownMail();
  return ledgerDetail(mail, rows);
}
