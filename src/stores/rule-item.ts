/** Turns items of the rules, blocked and messages tables into values, with a problem for each wrong attribute. */
import { createHash } from 'node:crypto';
import { parseAddress } from '../mail/address.ts';
import type { OutboundMessage, Rule } from '../mail/rule.ts';
import {
  type Item,
  type Reading,
  readFlag,
  readInstant,
  readNumber,
  readText,
  readTexts,
} from './attribute.ts';

/** Days between two away replies to one sender, and the least that may be set (rule 39). */
const INTERVAL_DAYS = 7;
const INTERVAL_DAYS_MIN = 1;

/** First 8 hex digits of a digest over the item, whatever the order of its attributes. */
function versionOf(item: Item): string {
  const canonical = JSON.stringify(Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256').update(canonical).digest('hex').slice(0, 8);
}

/** Reads an item of `email-rules`. */
export function readRule(address: string, reading: Reading): Rule {
  const forwards = readTexts(
    reading,
    'forwards',
    (text) => parseAddress(text) !== undefined,
    'a mail address',
  );
  const away = readAway(reading);
  return {
    address,
    forwards,
    keepCopy: readFlag(reading, 'keep_copy') ?? true,
    ...(away === undefined ? {} : { away }),
    version: versionOf(reading.item),
  };
}

function readAway(reading: Reading): Rule['away'] {
  const active = readFlag(reading, 'ooo_active') ?? false;
  const text = readText(reading, 'ooo_message');
  const subject = readText(reading, 'ooo_subject');
  const start = readInstant(reading, 'ooo_start');
  const end = readInstant(reading, 'ooo_end');
  const intervalDays = readNumber(reading, 'ooo_interval_days', INTERVAL_DAYS_MIN) ?? INTERVAL_DAYS;
  if (!active) return undefined;
  if (text === undefined) {
    reading.problems.push(
      `${reading.where}: ooo_active is true without an ooo_message; no away reply is sent`,
    );
    return undefined;
  }
  return {
    text,
    intervalDays,
    ...(subject === undefined ? {} : { subject }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  };
}

/** Reads the patterns of an item of `email-blocked-senders`. */
export const readPatterns = (reading: Reading): string[] =>
  readTexts(reading, 'blocked_patterns', (text) => text !== '', 'a pattern such as *@bad.example');

/** Reads an item of `ses-outbound-messages`; undefined where it does not say who sent the message. */
export function readMessage(messageId: string, reading: Reading): OutboundMessage | undefined {
  const originalSource = readText(reading, 'original_source');
  const bouncedRecipients = readTexts(reading, 'bouncedRecipients', (text) => text !== '', 'an address');
  const bounceType = readText(reading, 'bounceType');
  // What could not stand in an SMTP command must not come near one.
  const isUnsafe = originalSource !== undefined && /[\x00-\x1f\x7f]/.test(originalSource);
  if (originalSource === undefined || isUnsafe) {
    reading.problems.push(`${reading.where}: there is no original_source; the item is treated as absent`);
    return undefined;
  }
  return {
    messageId,
    originalSource,
    bouncedRecipients,
    ...(bounceType === undefined ? {} : { bounceType }),
  };
}
