/**
 * Turns what an SMTP server said, or the lack of it, into an SmtpReply. Pure; never throws.
 */
import type { SmtpReply, SmtpStage } from '../mail/mail.ts';

/** Reply text kept for people, in characters. A relay's advertisement does not belong into a history. */
const REPLY_TEXT_MAX = 500;

/**
 * Reads a complete reply, of one line or several (RFC 5321 §4.2.1). The text is without codes, in one line; the
 * enhanced code is the first that any line bears (RFC 2034 §4). What is no reply at all has code 0.
 */
export function readReply(lines: string, stage: SmtpStage): SmtpReply {
  let code = 0;
  let enhanced: string | undefined;
  const words: string[] = [];
  for (const line of lines.split(/\r?\n/)) {
    const match = /^(\d{3})(?:[ -]|$)(?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)$/.exec(line);
    code = match ? Number(match[1]) : code;
    enhanced ??= match?.[2];
    words.push((match?.[3] ?? line).trim());
  }
  const text = cleaned(words.filter((part) => part !== '').join(' '));
  return { code, ...(enhanced === undefined ? {} : { enhanced }), text, stage };
}

/** There was no reply: the connection broke, or we stopped waiting. `text` are our own words. */
export const noReply = (text: string, stage: SmtpStage): SmtpReply => ({
  code: 0,
  text: cleaned(text),
  stage,
});

/** A refusal that we pronounce ourselves, since the relay would have to break a rule to take the mail. */
export const ownRefusal = (code: number, enhanced: string, text: string): SmtpReply => ({
  code,
  enhanced,
  text,
  stage: 'mail',
});

function cleaned(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, REPLY_TEXT_MAX);
}
