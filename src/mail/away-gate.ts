/**
 * Decides whether a mail may be answered automatically (RFC 3834, RFC 5230). Errs toward silence: a missing reply
 * annoys one person, a reply to a machine may annoy two servers for ever.
 */
import { addressKey, parseAddress } from './address.ts';
import { parseAddressList } from './address-list.ts';
import { canonicalSender } from './canonical-sender.ts';
import { fieldsNamed, firstField, type HeaderBlock } from './header.ts';
import type { Envelope, MailNotice, Verdicts } from './mail.ts';

/** What the gate looks at, the same for all recipients of a mail. */
export type GatedMail = {
  block: HeaderBlock;
  envelope: Envelope;
  verdicts?: Verdicts;
  source: MailNotice['source'];
};

/** Whether somebody would be answered; `rule` is the mail rule that decided, for people and tests. */
export type ReplyDecision = { would: boolean; reason: string; rule: number };

/** Answers for one person: the addresses that are theirs, the one that was written to among them. */
export type ReplyGate = (ownAddresses: string[]) => ReplyDecision;

/** Fields in which a person must be named to be answered for (rule 42, RFC 5230 §4.5). */
const ADDRESSED = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];

/** Local parts of machines (rule 41, RFC 5230 §4.6). `postmaster` is a person. */
const MACHINE =
  /^(?:mailer-daemon|listserv|majordomo|owner-.*|.*-(?:request|owner|bounces?)(?:\+.*)?|bounce.*|(?:.*[-_.+])?(?:no|do-?_?not|dont)[-_.]?reply(?:[-_.+].*)?)$/s;

/** Characters looked at of a local part, so that none is costly. */
const LOCAL_MAX = 256;

/** Values of Precedence that no person's mail has. */
const PRECEDENCE = new Set(['bulk', 'junk', 'list', 'auto_reply']);
const SUPPRESS = new Set(['all', 'oof', 'autoreply']);

/**
 * Opens the gate for one mail. Rules 38, 40, 41, 42 and 43 are asked in that order, and the first that forbids a
 * reply is the answer.
 */
export function replyGate(mail: GatedMail): ReplyGate {
  const sender = canonicalSender(mail.envelope.sender);
  const machine = forbiddenByHeader(mail.block);
  const addressed = new Set(
    ADDRESSED.flatMap((name) => fieldsNamed(mail.block, name))
      .flatMap(parseAddressList)
      .map(({ address }) => addressKey(address)),
  );
  return (ownAddresses) => {
    const own = ownAddresses.map(addressKey);
    const forbidden = forbiddenByEnvelope(mail, sender, own);
    if (forbidden !== undefined) return no(38, forbidden);
    if (machine !== undefined) return no(40, machine);
    if (isMachine(sender)) return no(41, `${sender} is no person`);
    if (!own.some((address) => addressed.has(address))) return no(42, 'they are not named in To or Cc');
    if (parseAddress(mail.envelope.sender) === undefined) return no(43, 'the sender is no mail address');
    return { would: true, reason: 'a person wrote to them', rule: 43 };
  };
}

const no = (rule: number, reason: string): ReplyDecision => ({ would: false, reason, rule });

/** Rule 38: nobody to answer, oneself, or a sender that may be forged. */
function forbiddenByEnvelope({ verdicts, source }: GatedMail, sender: string, own: string[]) {
  if (sender === '') return 'the sender is the null sender';
  if (own.includes(addressKey(sender))) return 'they wrote it themselves';
  if (source === 's3' || verdicts === undefined) return 'there is no verdict on it';
  for (const check of ['spam', 'virus'] as const) {
    const verdict = verdicts[check];
    if (verdict !== undefined && verdict !== 'PASS' && verdict !== 'DISABLED') {
      return `its ${check} verdict is ${verdict}`;
    }
  }
  return verdicts.dmarc === 'FAIL' ? 'its DMARC verdict is FAIL' : undefined;
}

/** Rule 40: what lists, robots and bounces say about themselves. A Feedback-ID alone says nothing. */
function forbiddenByHeader(block: HeaderBlock): string | undefined {
  if (block.wellFormed && !block.complete) return 'its header was too long to be read';
  const list = block.fields.find(({ key }) => key.startsWith('list-'));
  if (list !== undefined) return `it has ${list.name}`;
  const submitted = fieldsNamed(block, 'auto-submitted').find((value) => keywordOf(value) !== 'no');
  if (submitted !== undefined) return `Auto-Submitted is ${keywordOf(submitted)}`;
  const precedence = fieldsNamed(block, 'precedence').map(keywordOf);
  const bulk = precedence.find((value) => PRECEDENCE.has(value));
  if (bulk !== undefined) return `Precedence is ${bulk}`;
  const suppress = fieldsNamed(block, 'x-auto-response-suppress').flatMap((value) => value.split(','));
  if (suppress.some((value) => SUPPRESS.has(keywordOf(value))))
    return 'X-Auto-Response-Suppress asks for none';
  const robot = block.fields.find(({ key }) => key === 'x-autoreply' || key === 'x-autorespond');
  if (robot !== undefined) return `it has ${robot.name}`;
  if (/^\s*multipart\s*\/\s*report\b/i.test(firstField(block, 'content-type') ?? '')) return 'it is a report';
  if (fieldsNamed(block, 'return-path').includes('<>')) return 'its Return-Path is <>';
  return undefined;
}

/** The token a field begins with, without comments and parameters (RFC 3834 §5.1). */
const keywordOf = (value: string): string =>
  value
    .replace(/\([^()]*\)/g, ' ')
    .split(';', 1)[0]!
    .trim()
    .toLowerCase()
    .slice(0, 40);

const isMachine = (sender: string): boolean =>
  MACHINE.test(sender.slice(0, Math.max(sender.lastIndexOf('@'), 0)).slice(0, LOCAL_MAX));
