/**
 * Lists mails from Temporal visibility, newest first: an open mail stands at the time when it was taken in, a closed
 * one at the time when it ended. No worker is asked, so lists work while everything else is busy or down.
 */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import {
  mailDomainKey,
  mailFromKey,
  mailMessageIdKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
} from '../../workflows/messages.ts';
import { subjectOf } from '../mail/search.ts';
import { type Cursor, preciseTime, readCursor, writeCursor } from './mail-cursor.ts';
import { type MailFilter, type MailItem, STATUSES } from './mail-schema.ts';
import { askServer } from './temporal-call.ts';
import { mailQuery } from './visibility-query.ts';

type Listed = { at: string; runId: string; isOpen: boolean; item: MailItem };

/** A mail as its search attributes tell it. */
export function itemOf(info: Omit<WorkflowExecutionInfo, 'raw'>): MailItem {
  const attributes = info.typedSearchAttributes;
  const status = STATUSES.find((one) => one === attributes.get(mailStatusKey));
  return {
    id: info.workflowId,
    status: status ?? 'processing',
    domain: attributes.get(mailDomainKey) ?? info.workflowId.split(':')[1] ?? '',
    from: attributes.get(mailFromKey) ?? '',
    to: attributes.get(mailToKey) ?? [],
    subject: subjectOf(attributes.get(mailTextKey) ?? ''),
    messageId: attributes.get(mailMessageIdKey) ?? info.workflowId.split(':')[2] ?? '',
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}

/** The first `count` of one of Temporal's two lists that come after the cursor. */
async function readHalf(
  client: Client,
  half: { query: string; time: 'StartTime' | 'CloseTime' },
  count: number,
  cursor: Cursor | undefined,
): Promise<Listed[]> {
  const bound = cursor === undefined ? '' : ` AND ${half.time} <= '${cursor.at}'`;
  const seen = new Set(cursor?.seen);
  const found: Listed[] = [];
  const pages = client.workflow.list({ query: half.query + bound, pageSize: count + seen.size });
  for await (const info of pages) {
    const isOpen = half.time === 'StartTime';
    const at = preciseTime(isOpen ? info.raw.startTime : info.raw.closeTime);
    const isAfter = cursor === undefined || at < cursor.at || (at === cursor.at && !seen.has(info.runId));
    if (isAfter) found.push({ at, runId: info.runId, isOpen, item: itemOf(info) });
    if (found.length >= count) break;
  }
  return found;
}

/** A mail that was opened again has two runs; where both are on a page, the open or newer one is shown. */
function oneRunEach(listed: Listed[]): MailItem[] {
  const open = new Set(listed.filter(({ isOpen }) => isOpen).map(({ item }) => item.id));
  const shown = new Map<string, MailItem>();
  for (const { item, isOpen } of listed) {
    if ((isOpen || !open.has(item.id)) && !shown.has(item.id)) shown.set(item.id, item);
  }
  return [...shown.values()];
}

/**
 * One page of mails, of these domains only where they are given. Throws problems: `invalid` for a filter or cursor,
 * and what Temporal answers.
 */
export async function listMails(
  client: Client,
  deployment: string,
  filter: MailFilter,
  domains?: string[],
): Promise<{ items: MailItem[]; next: string | null }> {
  const query = mailQuery(filter, deployment, domains);
  if (domains?.length === 0) return { items: [], next: null };
  const cursor = filter.cursor === undefined ? undefined : readCursor(filter.cursor);
  const halves = [
    { query: `${query} AND CloseTime IS NULL`, time: 'StartTime' as const },
    {
      query: `${query} AND CloseTime IS NOT NULL AND ExecutionStatus != 'ContinuedAsNew'`,
      time: 'CloseTime' as const,
    },
  ];
  const listed = await askServer(client, () =>
    Promise.all(halves.map((half) => readHalf(client, half, filter.limit + 1, cursor))),
  );
  const merged = listed.flat().sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const page = merged.slice(0, filter.limit);
  const last = page.at(-1);
  const isEnd = merged.length <= filter.limit || last === undefined;
  return { items: oneRunEach(page), next: isEnd ? null : writeCursor(cursorAfter(page, last.at, cursor)) };
}

function cursorAfter(page: Listed[], at: string, before: Cursor | undefined): Cursor {
  const seen = page.filter((one) => one.at === at).map(({ runId }) => runId);
  return { at, seen: before?.at === at ? [...before.seen, ...seen] : seen };
}
