/**
 * What a relay offers in its EHLO reply, and which mails it therefore cannot take from a forwarder. A forwarder
 * never converts a body, since that would break its signatures (rules 28 and 32). Pure.
 */
import type { SmtpReply } from '../mail/mail.ts';
import { ownRefusal } from './reply.ts';

export type Offers = { eightBitMime: boolean; smtpUtf8: boolean; sizeMax?: number };

/** Reads the lines of a complete EHLO reply; a HELO reply offers nothing. SIZE 0 means no limit (RFC 1870 §4). */
export function readOffers(ehloReply: string): Offers {
  const keywords = ehloReply
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.slice(4).trim().toUpperCase());
  const size = Number(
    keywords
      .find((keyword) => keyword.startsWith('SIZE '))
      ?.slice(5)
      .trim() ?? 0,
  );
  return {
    eightBitMime: keywords.includes('8BITMIME'),
    smtpUtf8: keywords.includes('SMTPUTF8'),
    ...(size > 0 ? { sizeMax: size } : {}),
  };
}

/** What matters of a mail before its transaction begins. */
export type MailTraits = { from: string; to: string; eightBit: boolean; sizeBytes?: number };

/** The refusal for a mail that must not or cannot go over this connection; undefined where it can. */
export function unsendable(mail: MailTraits, offers: Offers): SmtpReply | undefined {
  if (notAPath(mail.to)) {
    return ownRefusal(553, '5.1.3', 'the recipient holds characters that no SMTP command can carry');
  }
  if (notAPath(mail.from)) {
    return ownRefusal(553, '5.1.7', 'the sender holds characters that no SMTP command can carry');
  }
  // RFC 6531 §3.1 and §3.2: no silent downgrade.
  if (!offers.smtpUtf8 && /[^\x00-\x7f]/.test(mail.from + mail.to)) {
    return ownRefusal(553, '5.6.7', 'relay does not offer SMTPUTF8, which an address of this mail needs');
  }
  // RFC 6152 §3: the originator may re-encode, a forwarder returns the mail.
  if (mail.eightBit && !offers.eightBitMime) {
    return ownRefusal(554, '5.6.3', 'relay does not offer 8BITMIME, which the body of this mail needs');
  }
  if (mail.sizeBytes !== undefined && mail.sizeBytes > (offers.sizeMax ?? Number.POSITIVE_INFINITY)) {
    const sizes = `${mail.sizeBytes} bytes, the relay takes ${offers.sizeMax}`;
    return ownRefusal(552, '5.3.4', `message is too big: ${sizes}`);
  }
  return undefined;
}

/** A line end or an angle bracket in an address would end the command that carries it. */
const notAPath = (address: string): boolean => /[\x00-\x1f\x7f<>]/.test(address);
