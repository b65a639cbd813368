/**
 * Says what an SMTP reply means for a delivery: delivered, to be tried later, refused for good, or not to be known.
 * Where a reply can be read both ways the milder reading wins: another try costs little, a refusal loses mail.
 */
import type { Outcome, SmtpReply, SmtpStage } from './mail.ts';

/** Characters of a reply that are kept: it stands in timelines, ledger rows and search results. */
const DESCRIPTION_MAX = 300;

/** A session is ours, not the mail's: what fails here says nothing about the recipient (rule 35). */
const sessionStages: readonly SmtpStage[] = ['connect', 'greeting', 'ehlo', 'starttls', 'auth'];

/** «You must log in, or encrypt, first» (RFC 4954 §6, RFC 3207 §4); servers say so as late as at RCPT. */
const accessCodes: readonly number[] = [530, 534, 535, 538];

/** The class digit and subject of an enhanced status code (RFC 3463), also where it only stands in the text. */
const enhancedOf = (reply: SmtpReply): string =>
  reply.enhanced ?? /^[245]\.\d{1,3}\.\d{1,3}\b/.exec(reply.text.trimStart())?.[0] ?? '';

/** Why a permanent-looking reply, or silence, is our own fault, and what to do; undefined where it is not. */
function ownFault(reply: SmtpReply, nullSender: boolean): string | undefined {
  const said = describeReply(reply);
  const { code, stage } = reply;
  if (code === 0 && stage === 'connect') {
    return `The relay cannot be reached: ${said}. Check SMTP_HOST, the port and that the relay runs.`;
  }
  if (code === 0 && (stage === 'starttls' || stage === 'auth')) {
    return `The relay session fails: ${said}. Check SMTP_SECURE, SMTP_USER, SMTP_PASS and the certificate.`;
  }
  if (code < 500) return undefined;
  if (sessionStages.includes(stage)) {
    return `The relay refuses our session: ${said}. Check SMTP_USER, SMTP_PASS, SMTP_SECURE and its access list.`;
  }
  if (accessCodes.includes(code)) {
    return `The relay wants a log-in or encryption: ${said}. Check SMTP_USER, SMTP_PASS and SMTP_SECURE.`;
  }
  if (nullSender && code === 501 && stage === 'mail') {
    return `The relay refuses the null sender: ${said}. Set NULL_SENDER_VIA to internal or to a silent address.`;
  }
  return undefined;
}

/** RFC 5321 §4.5.3.1.10: 552 for too many recipients is really 452; the others go in a later transaction. */
const tooMany = (reply: SmtpReply): boolean =>
  reply.code === 552 &&
  reply.stage === 'rcpt' &&
  (enhancedOf(reply) === '5.5.3' || /too many\b.{0,20}\brecipients/i.test(reply.text));

function kindOf(reply: SmtpReply, alert: string | undefined): Outcome['kind'] {
  const { code, stage } = reply;
  if (code >= 200 && code < 300 && stage === 'done') return 'delivered';
  // All bytes were sent and nothing was said about them: the relay may have the mail (rule 36).
  if (code < 400) return stage === 'dot' || stage === 'done' ? 'unknown' : 'deferred';
  if (code < 500 || alert !== undefined || tooMany(reply)) return 'deferred';
  // A 5xx that calls itself 4.x.x contradicts itself (RFC 2034 §4).
  return enhancedOf(reply).startsWith('4.') ? 'deferred' : 'refused';
}

/**
 * The outcome of an attempt that ended with `reply` (rules 33, 35, 36, 37, 61). `nullSender`: MAIL FROM was `<>`.
 * `alert` is set where the fault is in our configuration or relay: then the mail is never refused for it.
 */
export function outcomeOf(reply: SmtpReply, { nullSender }: { nullSender: boolean }): Outcome {
  const alert = ownFault(reply, nullSender);
  return { kind: kindOf(reply, alert), reply, ...(alert === undefined ? {} : { alert }) };
}

/** A reply in one line of at most 300 characters: code, enhanced code, words, and the stage unless all went well. */
export function describeReply(reply: SmtpReply): string {
  const words = reply.text.replace(/[\s\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim();
  const enhanced = reply.enhanced && !words.startsWith(reply.enhanced) ? reply.enhanced : '';
  const start = reply.code === 0 ? 'no reply:' : String(reply.code);
  const line = [start, enhanced, words].filter((part) => part !== '').join(' ');
  const where = reply.stage === 'done' ? '' : ` (at ${reply.stage})`;
  const room = DESCRIPTION_MAX - where.length;
  const cut = line.length > room ? `${line.slice(0, room - 1).replace(/[\ud800-\udbff]$/, '')}…` : line;
  return cut + where;
}
