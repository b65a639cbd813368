/**
 * One mailbox as a customer writes it: `bob@example.com` or `Bob Example <bob@example.com>`. Stricter than a reader
 * of received mail, since what cannot be understood here can be put right by whoever wrote it.
 */
import { parseAddress } from '../mail/address.ts';
import { parseAddressList } from '../mail/address-list.ts';
import { isOneLine } from '../mail/header-rules.ts';

export type Mailbox = { address: string; name?: string | undefined };

const NAME_CHARS_MAX = 200;
const ANGLED = /^(.*?)\s*<\s*([^<>\s]+)\s*>$/s;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** Reads one mailbox; a text instead says what is wrong with it. */
export function readMailbox(text: string): Mailbox | string {
  if (!isOneLine(text)) return 'has a line break or a control character';
  const [, written = '', address = text.trim()] = ANGLED.exec(text.trim()) ?? [];
  if (parseAddress(address) === undefined || /[\s<>]/.test(address))
    return 'is no mail address such as bob@example.com or Bob <bob@example.com>';
  if (written === '') return { address };
  // A comma or colon outside quotes would make the name another mailbox, or a group.
  if (/[,;:@()"\\]/.test(written.replace(QUOTED, ''))) return 'has a name that needs double quotes around it';
  const name = parseAddressList(`${written} <${address}>`)[0]?.name ?? '';
  if (name.length > NAME_CHARS_MAX) return `has a name of more than ${NAME_CHARS_MAX} characters`;
  return name === '' ? { address } : { address, name };
}

/** Checks a mailbox that came as `{address, name}`; undefined where it is sound. */
export function refuseMailbox({ address, name = '' }: Mailbox): string | undefined {
  const read = readMailbox(address);
  if (typeof read === 'string') return read;
  if (read.name !== undefined) return 'has a name inside the address';
  if (!isOneLine(name)) return 'has a line break or a control character in its name';
  return name.length > NAME_CHARS_MAX ? `has a name of more than ${NAME_CHARS_MAX} characters` : undefined;
}
