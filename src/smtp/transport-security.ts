/**
 * Decides how far a connection to the relay must be encrypted and verified. Pure.
 *
 * - `secure`: TLS from the first byte, with a verified certificate.
 * - Else STARTTLS is opportunistic (rule 37): used where offered, whatever the certificate says, and done without
 *   where it fails; encryption with a stranger still beats none.
 * - With a login, an offered STARTTLS must succeed with a verified certificate: a password is not for strangers.
 * - On loopback every certificate is accepted: nobody stands between, and development ones are self-signed.
 */
import type { ConnectionOptions } from 'node:tls';
import type { SmtpStage } from '../mail/mail.ts';

/** Where the relay is and how it is spoken to. */
export type Relay = {
  host: string;
  port: number;
  user?: string;
  password?: string;
  /** TLS from the start (SMTP_SECURE). */
  secure: boolean;
  /** Name in EHLO; the machine's own where it is fully qualified, else an address literal. */
  name?: string;
  /** Waits that differ from those of rule 34, by stage, in milliseconds. */
  waitsMs?: Partial<Record<SmtpStage, number>>;
};

/** Whether mail may go unencrypted after a STARTTLS that failed. */
export const mayStayPlain = (relay: Relay): boolean => !relay.secure && relay.user === undefined;

/** What the TLS handshake must insist on. */
export function tlsOptions(relay: Relay): ConnectionOptions {
  return { rejectUnauthorized: !mayStayPlain(relay) && !isLoopback(relay.host) };
}

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
