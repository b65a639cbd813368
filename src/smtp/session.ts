/**
 * One SMTP connection to the relay: opens it, carries one transaction after another, and knows at each moment how
 * far it has come. Never throws for what a server or a network does; every operation ends in an SmtpReply.
 */
import { Readable } from 'node:stream';
import type { SmtpReply } from '../mail/mail.ts';
import { type Line, openLine } from './line.ts';
import { type Offers, readOffers } from './offers.ts';
import { noReply, readReply } from './reply.ts';
import { mayStayPlain, type Relay } from './transport-security.ts';

/** A mail as one transaction carries it. `message` is read once, from the moment the relay says 354. */
export type Transaction = {
  /** Empty is the null sender. */
  from: string;
  to: string;
  sizeBytes?: number;
  eightBit: boolean;
  /** Asks for no delivery report at all where the relay offers DSN (RFC 3461 §4.1). */
  neverNotify?: boolean;
  message: Readable;
};

export type Session = {
  offers: Offers;
  /** Code 0 at stage `dot` means that the relay may have the mail. `giveUp` counts only until the body begins. */
  transact(mail: Transaction, giveUp: AbortSignal): Promise<SmtpReply>;
  isOpen(): boolean;
  /** Says QUIT and closes. */
  quit(giveUp: AbortSignal): Promise<void>;
  /** Closes without a word: for a connection whose state is not known any more. */
  close(): void;
};

/** An open session with the reply to its last greeting command, or the reply that prevented it. */
export type Opened = { session?: Session; reply: SmtpReply };

/** Connects, greets, encrypts and logs in, as far as the relay and its settings ask for each. */
export async function openSession(relay: Relay, giveUp: AbortSignal): Promise<Opened> {
  const opened = await greet(relay, false, giveUp);
  const handshakeFailed = opened.reply.stage === 'starttls' && opened.reply.code === 0;
  if (handshakeFailed && mayStayPlain(relay) && !giveUp.aborted) return greet(relay, true, giveUp);
  return opened;
}

async function greet(relay: Relay, plain: boolean, giveUp: AbortSignal): Promise<Opened> {
  const line = openLine(relay, plain);
  const { connection, dialogue, run, replyOf } = line;
  const hello = await run(giveUp, (end) =>
    connection.connect((error) => end(error ? replyOf(error) : readReply(dialogue.hello(), 'ehlo'))),
  );
  if (!isPositive(hello)) {
    connection.close();
    return { reply: hello };
  }
  const session = sessionOn(line);
  // A relay that offers no AUTH is used without it, as nodemailer's own transport does.
  if (relay.user === undefined || !connection.allowsAuth) return { session, reply: hello };

  const credentials = { user: relay.user, pass: relay.password ?? '' };
  const login = await run(giveUp, (end) =>
    connection.login(credentials, (error) =>
      end(error ? { ...replyOf(error), stage: 'auth' } : readReply(dialogue.lastReply(), 'auth')),
    ),
  );
  if (isPositive(login)) return { session, reply: login };
  connection.close();
  return { reply: login };
}

function sessionOn(line: Line): Session {
  const { connection, dialogue, run, replyOf } = line;
  /** A refused transaction is still open at the relay (RFC 5321 §4.1.4) and must be reset before the next. */
  let unfinished = false;
  return {
    offers: readOffers(dialogue.hello()),
    isOpen: () => !connection.destroyed,
    close: () => connection.close(),

    async transact(mail, giveUp) {
      dialogue.enter('mail');
      if (unfinished) {
        const reset = await run(giveUp, (end) =>
          connection.reset((error) => end(error ? replyOf(error) : readReply(dialogue.lastReply(), 'mail'))),
        );
        if (!isPositive(reset)) {
          connection.close();
          return noReply(`the connection could not be reset: ${reset.code} ${reset.text}`, 'mail');
        }
      }
      const reply = await transfer(line, mail, giveUp);
      unfinished = reply.stage !== 'done';
      return reply;
    },

    async quit(giveUp) {
      if (connection.destroyed) return;
      await run(giveUp, () => connection.quit());
    },
  };
}

/** MAIL, RCPT, DATA and the message. From the first byte on `giveUp` has no effect. */
async function transfer(line: Line, mail: Transaction, giveUp: AbortSignal): Promise<SmtpReply> {
  const { connection, dialogue, run, replyOf, watch } = line;
  const untilBody = new AbortController();
  const stop = (): void => untilBody.abort(giveUp.reason);
  if (giveUp.aborted) stop();
  else giveUp.addEventListener('abort', stop, { once: true });

  const body = async function* (): AsyncGenerator<Uint8Array> {
    // Once bytes flow, stopping would leave an unknown outcome where waiting gives a known one.
    giveUp.removeEventListener('abort', stop);
    dialogue.enter('body');
    for await (const block of mail.message) {
      watch();
      yield block;
    }
    // Before the final dot is handed on: a mail that may have arrived must never count as not sent.
    dialogue.enter('dot');
  };
  const envelope = {
    from: mail.from,
    to: [mail.to],
    use8BitMime: mail.eightBit,
    ...(mail.sizeBytes === undefined ? {} : { size: mail.sizeBytes }),
    ...(mail.neverNotify ? { dsn: { notify: 'NEVER' } } : {}),
  };
  // A stream of our own, since nodemailer destroys the one it gets even where the mail can still go.
  const stream = Readable.from(body(), { objectMode: false });
  const reply = await run(untilBody.signal, (end) =>
    connection.send(envelope, stream, (error, sent) => {
      if (error) end(replyOf(error));
      else if (dialogue.stage() === 'dot') end(readReply(sent!.response, 'done'));
      else end(noReply(`relay answered before the end of the message: ${sent!.response}`, 'dot'));
    }),
  );
  giveUp.removeEventListener('abort', stop);
  return reply;
}

const isPositive = (reply: SmtpReply): boolean => reply.code >= 200 && reply.code < 300;
