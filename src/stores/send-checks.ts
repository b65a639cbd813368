/** What must hold between the fields of a send: enough recipients and not too many, something to say, times in order. */
import { isOneLine, refuseFieldName } from '../mail/header-rules.ts';
import type { Mailbox } from './mailbox-text.ts';

/** To, Cc and Bcc of one mail: the workflow records each. More are a batch. */
export const RECIPIENTS_MAX = 1000;
/** Decoded, in all. In base64 with line ends this stays below SES's 40 MB a message (rule 60). */
export const ATTACHMENT_BYTES_MAX = 25 * 1024 * 1024;
const PARAMS_BYTES_MAX = 256 * 1024;
/** A workflow may sleep longer; nobody means it. */
const SEND_AT_DAYS_MAX = 366;

type Add = (path: (string | number)[], message: string) => void;

function addRecipientProblems(
  { to, cc, bcc }: { to: Mailbox[]; cc: Mailbox[]; bcc: Mailbox[] },
  add: Add,
): void {
  const count = to.length + cc.length + bcc.length;
  if (count === 0) add(['to'], 'expected at least one recipient in to, cc or bcc');
  if (count > RECIPIENTS_MAX)
    add(['to'], `has ${count} recipients with cc and bcc; at most ${RECIPIENTS_MAX}, more are a batch`);
}

/** Rule 65: no field that is ours, none twice, no value that ends its field. */
function addHeaderProblems(headers: Record<string, string>, add: Add): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const refusal = refuseFieldName(name);
    if (refusal !== undefined) add(['headers', name], refusal);
    if (!isOneLine(value)) add(['headers', name], 'has a line break or a control character');
    if (seen.has(name.toLowerCase())) add(['headers', name], 'is there twice');
    seen.add(name.toLowerCase());
  }
}

type Content = {
  subject?: string | undefined;
  text?: string | undefined;
  html?: string | undefined;
  template?: unknown;
  params?: unknown;
  attachments: { content: string }[];
};

/** Texts come from the request or from a template, never from both. */
function addTextProblems(content: Content, add: Add): void {
  const { subject, text, html, template, params } = content;
  if (template === undefined) {
    if (text === undefined && html === undefined) add(['text'], 'expected text, html or a template');
    if (subject === undefined)
      add(['subject'], 'expected a subject, which only a template can bring instead');
    if (params !== undefined) add(['params'], 'belong to a template, and there is none');
  } else {
    if (text !== undefined) add(['text'], 'comes from the template; give one of the two');
    if (html !== undefined) add(['html'], 'comes from the template; give one of the two');
  }
  if (Buffer.byteLength(JSON.stringify(params ?? {})) > PARAMS_BYTES_MAX)
    add(['params'], `expected ${PARAMS_BYTES_MAX} bytes at most`);
}

function addAttachmentProblems({ attachments }: Content, add: Add): void {
  const bytes = attachments.reduce((sum, { content: base64 }) => sum + (base64.length * 3) / 4, 0);
  if (bytes > ATTACHMENT_BYTES_MAX)
    add(['attachments'], `have ${Math.ceil(bytes)} bytes in all; at most ${ATTACHMENT_BYTES_MAX}`);
}

type Times = { sendAt?: string | undefined; expiresAt?: string | undefined; deadline?: string | undefined };

/**
 * Only times that contradict each other: whether one lies in the past depends on whose clock is asked, and is
 * answered when its turn comes (`sendAt`: at once, `expiresAt`: expired).
 */
function addTimeProblems({ sendAt, expiresAt, deadline }: Times, add: Add): void {
  if (sendAt === undefined) {
    if (expiresAt && deadline && Date.parse(deadline) > Date.parse(expiresAt))
      add(['deadline'], 'is after expiresAt');
    return;
  }
  if (expiresAt && Date.parse(expiresAt) <= Date.parse(sendAt)) add(['expiresAt'], 'is not after sendAt');
  if (deadline && Date.parse(deadline) < Date.parse(sendAt)) add(['deadline'], 'is before sendAt');
}

/** Why a send may not wait so long; undefined where it may. `nowMs` is ms since the epoch. */
export const refuseSendAt = (sendAt: string | undefined, nowMs: number): string | undefined =>
  sendAt !== undefined && Date.parse(sendAt) - nowMs > SEND_AT_DAYS_MAX * 86_400_000
    ? `is more than ${SEND_AT_DAYS_MAX} days away`
    : undefined;

type Between = Content &
  Times & { to: Mailbox[]; cc: Mailbox[]; bcc: Mailbox[]; headers: Record<string, string> };
type Issue = { code: 'custom'; path: (string | number)[]; message: string };

/**
 * Adds what is wrong between fields. `issues` is what was found in single fields already: those are left out of
 * account, the others are judged all the same.
 */
export function addProblemsBetween(
  request: Between,
  issues: readonly { path?: PropertyKey[] | undefined }[],
  addIssue: (issue: Issue) => void,
): void {
  const wrong = new Set(issues.map(({ path }) => path?.[0]));
  const areSound = (...fields: (keyof Between)[]): boolean => !fields.some((field) => wrong.has(field));
  const add: Add = (path, message) => addIssue({ code: 'custom', path, message });
  if (areSound('to', 'cc', 'bcc')) addRecipientProblems(request, add);
  if (areSound('headers')) addHeaderProblems(request.headers, add);
  if (areSound('subject', 'text', 'html', 'template', 'params')) addTextProblems(request, add);
  if (areSound('attachments')) addAttachmentProblems(request, add);
  if (areSound('sendAt', 'expiresAt', 'deadline')) addTimeProblems(request, add);
}
