/**
 * The audit as S3 user metadata: at most 2 KB in all, ASCII only, with everything kept that others have written.
 * What does not fit is cut in the lists first; a value of somebody else is never given up for one of ours.
 */
import type { MailStatus } from './status.ts';

export type Audit = {
  /** Metadata the object carries now. */
  existing: Record<string, string>;
  status: MailStatus;
  /** ISO 8601. */
  processedAt: string;
  processedBy: string;
  workflowId: string;
  invalidInboxes: string[];
  blockedRecipients: string[];
  blockedSender?: string;
};

/** S3's limit for keys and values together, in bytes. */
const METADATA_BYTES_MAX = 2048;
/** S3's documentation leaves open whether the prefix counts, so it does. */
const PREFIX_BYTES = 'x-amz-meta-'.length;
/** A blocked sender is an envelope path of at most 254 octets, or whatever a stranger sent instead. */
const SENDER_CHARS_MAX = 254;

const OURS = [
  'status',
  'processed_at',
  'processed_by',
  'workflow_id',
  'blocked_sender',
  'invalid_inboxes',
  'blocked_recipients',
];

const percent = (char: string): string =>
  Array.from(
    new TextEncoder().encode(char),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');

/** Makes a value fit for an HTTP header; `decodeURIComponent` gives it back. Plain ASCII stays as it is. */
const encoded = (value: string): string => value.replace(/[^\u0020-\u007e]|%/gu, percent);

/** An entry of a list: a comma inside (in a quoted local part) must not part it. */
const entry = (value: string): string => encoded(value).replaceAll(',', '%2C');

const bytesOf = (key: string, value: string): number => PREFIX_BYTES + key.length + value.length;

/** The entries that fit into `room` characters, then `+n more` if some do not; empty if not even that fits. */
function cutList(entries: string[], room: number): string {
  if (entries.join(',').length <= room) return entries.join(',');
  const more = (left: number): string => `+${left} more`;
  let used = 0;
  let kept = 0;
  while (kept < entries.length) {
    const next = used + entries[kept]!.length + 1;
    if (next + more(entries.length - kept - 1).length > room) break;
    used = next;
    kept += 1;
  }
  const text = [...entries.slice(0, kept), more(entries.length - kept)].join(',');
  return text.length <= room ? text : '';
}

/** Room for each of two lists: half each, and what one does not need goes to the other. */
function shares(room: number, first: number, second: number): [number, number] {
  const half = Math.floor(room / 2);
  if (first <= half) return [first, room - first];
  return second <= half ? [room - second, second] : [half, half];
}

/** The complete metadata to write on the stored mail. The same audit gives the same metadata. */
export function auditMetadata(audit: Audit): Record<string, string> {
  const others = Object.entries(audit.existing).filter(([key]) => !OURS.includes(key));
  // S3 hands out what was stored, but a header takes ASCII only.
  const kept = others.map(([key, value]) => [key, value.replace(/[^\u0020-\u007e]/gu, percent)] as const);
  let room = METADATA_BYTES_MAX - kept.reduce((total, [key, value]) => total + bytesOf(key, value), 0);
  const written: [string, string][] = [];
  const write = (key: string, value: string): void => {
    if (value === '' || bytesOf(key, value) > room) return;
    room -= bytesOf(key, value);
    written.push([key, value]);
  };
  // In order of importance, since existing metadata may leave room for a few only.
  write('workflow_id', encoded(audit.workflowId));
  write('status', audit.status);
  write('processed_at', encoded(audit.processedAt));
  write('processed_by', encoded(audit.processedBy));
  write('blocked_sender', encoded([...(audit.blockedSender ?? '')].slice(0, SENDER_CHARS_MAX).join('')));
  const inboxes = audit.invalidInboxes.map(entry);
  const blocked = audit.blockedRecipients.map(entry);
  const keys =
    (inboxes.length > 0 ? bytesOf('invalid_inboxes', '') : 0) +
    (blocked.length > 0 ? bytesOf('blocked_recipients', '') : 0);
  const [one, two] = shares(Math.max(0, room - keys), inboxes.join(',').length, blocked.join(',').length);
  write('invalid_inboxes', cutList(inboxes, one));
  write('blocked_recipients', cutList(blocked, two));
  return Object.fromEntries([...kept, ...written]);
}
