/** A short mail of our own to one person: alerts and notices. It asks no budget, and says itself to be automatic. */
import { Readable } from 'node:stream';
import { isServed } from '../src/mail/address.ts';
import { formatField } from '../src/mail/header-field.ts';
import { outcomeOf } from '../src/mail/outcome.ts';
import { quotedPrintable } from '../src/mail/quoted-printable.ts';
import { rfc5322Date } from '../src/mail/trace.ts';
import type { MailActivityParts } from './parts.ts';

export type PlainMail = { to: string; subject: string; text: string; id: string; date: string };

/** Sends it. Throws where the relay did not take it for now; what is refused for good is logged and done with. */
export async function plainMail(
  {
    config,
    relays,
    log,
    digest,
  }: Pick<MailActivityParts, 'config' | 'relays' | 'log'> & { digest?: (text: string) => string },
  mail: PlainMail,
): Promise<void> {
  const domain = config.domains[0] ?? 'localhost';
  const from = `postmaster@${domain}`;
  const name = digest?.(mail.id).slice(0, 32) ?? mail.id.replace(/[^\w.-]/g, '-');
  const fields: [string, string][] = [
    ['From', `Everpost <${from}>`],
    ['To', `<${mail.to}>`],
    ['Subject', mail.subject],
    ['Date', rfc5322Date(mail.date)],
    ['Message-ID', `<${name}@${domain}>`],
    ['Auto-Submitted', 'auto-generated'],
    ['MIME-Version', '1.0'],
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', 'quoted-printable'],
  ];
  const head = fields.map(([field, value]) => formatField(field, value)).join('');
  const bytes = Buffer.from(`${head}\r\n${quotedPrintable(mail.text)}\r\n`);
  const relay = isServed(mail.to, config.domains) ? relays.internal : relays.external;
  const reply = await relay.send({
    from,
    to: mail.to,
    sizeBytes: bytes.length,
    eightBit: false,
    message: Readable.from([bytes]),
    neverNotify: true,
  });
  const { kind } = outcomeOf(reply, { nullSender: false });
  if (kind === 'deferred') throw new Error(`the relay did not take a notice for ${mail.to}: ${reply.text}`);
  log.info({ event: `notice.${kind}`, to: mail.to, reply: reply.text });
}
