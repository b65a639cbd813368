/**
 * The envelope of a mail of which only the object is known (an S3 event, rule 1): read from what SES itself wrote
 * on top of the header, else guessed from To and Cc. Always marked, so that nothing rash is built on it.
 */
import { addressKey, isServed, parseAddress } from './address.ts';
import { parseAddressList } from './address-list.ts';
import { fieldsNamed, firstField, type HeaderBlock } from './header.ts';
import type { Envelope } from './mail.ts';

/** The server that SES receives with, as its Received field names it. */
const SES_HOST = /\bby\s+inbound-smtp\.[a-z0-9-]{1,40}\.amazonaws\.com(?![\w.-])/i;
const FOR = /\bfor\s+<?([^\s<>;]{3,254})>?\s*;/i;
/** Characters read of a Received field: those of SES have some 300. */
const RECEIVED_MAX = 2000;
/** Recipients guessed from To and Cc; a longer list was never one envelope. */
const GUESSED_MAX = 100;

/** The envelope for the queue of `domain`; undefined where no recipient can be told. */
export function inferEnvelope(block: HeaderBlock, domain: string): Envelope | undefined {
  const told = recipientBySes(block);
  const recipients = told === undefined ? addressedWithin(block, domain) : [told];
  return recipients.length === 0 ? undefined : { sender: returnPath(block), recipients, inferred: true };
}

/** The topmost Received is SES's own, or it is no proof of anything. */
function recipientBySes(block: HeaderBlock): string | undefined {
  const received = (firstField(block, 'received') ?? '').slice(0, RECEIVED_MAX);
  const recipient = SES_HOST.test(received) ? FOR.exec(received)?.[1] : undefined;
  return recipient !== undefined && parseAddress(recipient) ? recipient : undefined;
}

function addressedWithin(block: HeaderBlock, domain: string): string[] {
  const addressed = ['to', 'cc'].flatMap((name) => fieldsNamed(block, name)).flatMap(parseAddressList);
  const within = addressed.map(({ address }) => address).filter((address) => isServed(address, [domain]));
  const usable = within.filter((address) => parseAddress(address) !== undefined);
  return [...new Map(usable.map((address) => [addressKey(address), address])).values()].slice(0, GUESSED_MAX);
}

/** The sender that the last server wrote: above every Received. One further down came with the mail (rule 15). */
function returnPath(block: HeaderBlock): string {
  const field = block.fields.find(({ key }) => key === 'return-path' || key === 'received');
  const path = field?.key === 'return-path' ? field.value.replace(/^<(.*)>$/s, '$1').trim() : '';
  return parseAddress(path) === undefined ? '' : path;
}
