/**
 * A connection to the relay on which one operation runs at a time and always ends: by its own reply, a lost
 * connection, the clock of the stage it is in, or because it was given up. Whatever does not end well closes it.
 *
 * nodemailer's SMTPConnection speaks the protocol: pipelining, dot-stuffing, CRLF line ends (rules 29 and 31).
 */
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpReply, SmtpStage } from '../mail/mail.ts';
import { openDialogue } from './dialogue.ts';
import { noReply, readReply } from './reply.ts';
import { mayStayPlain, type Relay, tlsOptions } from './transport-security.ts';

const MINUTE_MS = 60_000;

/**
 * How long each stage may stay without any progress, in milliseconds (rule 34, RFC 5321 §4.5.3.2). `body` is one
 * block. `connect` is ours: who does not answer a SYN for a minute will not. `done` never waits.
 */
export const STAGE_WAITS_MS: Record<SmtpStage, number> = {
  connect: MINUTE_MS,
  greeting: 5 * MINUTE_MS,
  ehlo: 5 * MINUTE_MS,
  starttls: 5 * MINUTE_MS,
  auth: 5 * MINUTE_MS,
  mail: 5 * MINUTE_MS,
  rcpt: 5 * MINUTE_MS,
  data: 2 * MINUTE_MS,
  body: 3 * MINUTE_MS,
  dot: 10 * MINUTE_MS,
  done: MINUTE_MS,
};

/** Ceiling of nodemailer's own clocks: above every wait of ours, so that ours, which know the stage, decide. */
const NODEMAILER_WAIT_MS = 30 * MINUTE_MS;

type Operation = (end: (reply: SmtpReply) => void) => void;

/** Opens nothing yet: `run` a `connect` first. `plain` leaves an offered STARTTLS alone. */
export function openLine(relay: Relay, plain: boolean) {
  const waits = { ...STAGE_WAITS_MS, ...relay.waitsMs };
  let end: ((reply: SmtpReply) => void) | undefined;
  let clock: NodeJS.Timeout | undefined;

  const watch = (): void => {
    clearTimeout(clock);
    if (end === undefined) return;
    const waitMs = waits[dialogue.stage()];
    clock = setTimeout(() => fail(`no progress for ${waitMs / 1000} s`), waitMs);
  };
  const dialogue = openDialogue(watch);
  const connection = new SMTPConnection({
    host: relay.host,
    port: relay.port,
    ...(relay.name === undefined ? {} : { name: relay.name }),
    secure: relay.secure,
    ignoreTLS: plain,
    opportunisticTLS: mayStayPlain(relay),
    tls: tlsOptions(relay),
    logger: dialogue.logger,
    transactionLog: true,
    connectionTimeout: NODEMAILER_WAIT_MS,
    greetingTimeout: NODEMAILER_WAIT_MS,
    dnsTimeout: NODEMAILER_WAIT_MS,
    socketTimeout: NODEMAILER_WAIT_MS,
  });
  const fail = (why: string): void => {
    const reply = dialogue.refusal() ?? noReply(why, dialogue.stage());
    const answer = end;
    end = undefined;
    connection.close();
    answer?.(reply);
  };
  const replyOf = (error: SMTPConnection.SMTPError): SmtpReply =>
    dialogue.refusal() ??
    (error.response
      ? readReply(error.response, dialogue.answered())
      : noReply(error.message, dialogue.stage()));

  connection.on('error', (error: SMTPConnection.SMTPError) => end?.(replyOf(error)));
  connection.on('end', () => fail('the connection was closed'));

  /** Ends with whichever comes first: the operation's own reply, a lost connection, a clock, `giveUp`. */
  const run = (giveUp: AbortSignal, operation: Operation): Promise<SmtpReply> =>
    new Promise((resolve) => {
      const stop = (): void => fail(String(giveUp.reason));
      end = (reply) => {
        end = undefined;
        clearTimeout(clock);
        giveUp.removeEventListener('abort', stop);
        resolve(reply);
      };
      if (giveUp.aborted) return stop();
      giveUp.addEventListener('abort', stop, { once: true });
      watch();
      operation((reply) => end?.(reply));
    });
  return { connection, dialogue, run, replyOf, watch };
}

export type Line = ReturnType<typeof openLine>;
