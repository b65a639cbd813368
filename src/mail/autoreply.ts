/**
 * The away reply: when a person is away, and what the mail that says so looks like (rule 44). It is composed when it
 * is sent, from values recorded in the plan, so that every attempt sends the same bytes.
 */
import type { AwayReply, HeaderEdit } from './delivery.ts';
import { editHeader } from './edit.ts';
import { readHeaderBlock } from './header.ts';
import { quotedPrintable } from './quoted-printable.ts';
import type { Rule } from './rule.ts';
import { rfc5322Date } from './trace.ts';

export type Away = NonNullable<Rule['away']>;

/** Longest subject of a reply, in characters: it quotes a stranger. */
const SUBJECT_MAX = 200;
const DAY_MS = 86_400_000;

/** A date, or date and time; without a zone it is UTC, so that the answer is the same on every machine. */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** A bound as the interval of instants it names, in ms since the epoch; undefined where it is no ISO 8601. */
function instantsOf(text: string): { first: number; end: number } | undefined {
  const [, date, time, zone = 'Z'] = ISO.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  const offset = zone.toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const first = Date.parse(`${date}T${time ?? '00:00'}${offset}`);
  if (Number.isNaN(first)) return undefined;
  return { first, end: time === undefined ? first + DAY_MS : first };
}

/**
 * Whether the person is away at `now` (ISO 8601). A start or end that is only a date counts from its first to its
 * last instant in UTC. One that cannot be read is treated as absent: `unreadableBounds` names it.
 */
export function awayActive(away: Away, now: string): boolean {
  const instant = Date.parse(now);
  const start = away.start === undefined ? undefined : instantsOf(away.start)?.first;
  const end = away.end === undefined ? undefined : instantsOf(away.end)?.end;
  return instant >= (start ?? -Infinity) && instant < (end ?? Infinity);
}

/** Starts and ends that are no ISO 8601, for the plan's notes. */
export const unreadableBounds = (away: Away): string[] =>
  [away.start, away.end].flatMap((text) => (text !== undefined && !instantsOf(text) ? [text] : []));

/** The reply's subject: the owner's own, else `Auto:` and what was asked. */
export function awaySubject(away: Away, originalSubject: string): string {
  const subject = away.subject ?? `Auto: ${originalSubject.trim() || '(no subject)'}`;
  return [...subject.replace(/[\x00-\x1f\x7f]+/g, ' ')].slice(0, SUBJECT_MAX).join('');
}

/**
 * The complete reply to `to`, dated `date` (ISO 8601), with CRLF line ends and nothing but ASCII. From is the person
 * who is away, whatever the envelope sender is; nothing of the original but its subject and ids is in it.
 */
export function composeAwayReply(reply: AwayReply, to: string, date: string): string {
  const empty = new Uint8Array();
  const head = editHeader(empty, readHeaderBlock(empty), replyFields(reply, to, date));
  return `${new TextDecoder().decode(head)}${quotedPrintable(reply.text)}\r\n`;
}

function replyFields(reply: AwayReply, to: string, date: string): HeaderEdit[] {
  const fields: [string, string | undefined][] = [
    ['From', reply.owner],
    ['To', to],
    ['Subject', reply.subject],
    ['Date', rfc5322Date(date)],
    ['Message-ID', reply.messageId],
    ['In-Reply-To', reply.inReplyTo],
    ['References', reply.references],
    ['Auto-Submitted', 'auto-replied'],
    ['X-Auto-Response-Suppress', 'All'],
    ['Precedence', 'bulk'],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', 'quoted-printable'],
  ];
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [{ edit: 'prepend', name, value }]));
}
