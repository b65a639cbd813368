/**
 * Sends mails to one port of the relay and says what became of each, with the stage that was reached. Never throws
 * for SMTP or network reasons: whether trying again can help is decided by who reads the reply (src/mail).
 *
 * A mail goes out at most once for each call. The one exception cannot make a duplicate: where a reused connection
 * turns out to be dead before any byte of the message was sent, a fresh one is tried.
 */
import type { SmtpReply } from '../mail/mail.ts';
import { openIdleSessions } from './idle-sessions.ts';
import { unsendable } from './offers.ts';
import { openPlaces } from './places.ts';
import { noReply } from './reply.ts';
import { openSession, type Session, type Transaction } from './session.ts';
import type { Relay } from './transport-security.ts';

export type OutgoingMail = Transaction & {
  /** Gives up where the relay has not asked for the message by then. Waiting for a connection counts, too. */
  reachDataWithinMs?: number;
  /** Gives up; without effect from the moment the message flows, since then only waiting tells the outcome. */
  signal?: AbortSignal;
};

export type SmtpClient = {
  /**
   * Sends one mail to one recipient. The reply is the relay's last, or one with code 0 and our words; a message
   * stream that breaks is code 0 at `body`, and the relay drops what it got. The stream is destroyed in any case.
   */
  send(mail: OutgoingMail): Promise<SmtpReply>;
  /** Connects, greets and logs in, for /health. A code of 2xx is good. */
  check(withinMs?: number): Promise<SmtpReply>;
  /** Says goodbye on idle connections and refuses new mails; those under way end by themselves. */
  close(): void;
};

export type SmtpClientOptions = Relay & {
  /** Transactions at once; the rest wait in order. */
  connectionsMax: number;
  /** How long a connection is kept for the next mail, in milliseconds. */
  idleMs?: number;
};

/** Short enough that few relays close first; long enough that a burst of mails shares its connections. */
const IDLE_MS = 5_000;

const CHECK_WAIT_MS = 5_000;

/** Opens nothing yet: the first mail does. */
export function openSmtpClient(options: SmtpClientOptions): SmtpClient {
  const places = openPlaces(options.connectionsMax);
  const idle = openIdleSessions(options.idleMs ?? IDLE_MS);

  const transact = async (session: Session, mail: OutgoingMail, giveUp: AbortSignal): Promise<SmtpReply> => {
    const reply = unsendable(mail, session.offers) ?? (await session.transact(mail, giveUp));
    if (session.isOpen() && isReusableAfter(reply)) idle.keep(session);
    else session.close();
    return reply;
  };

  const attempt = async (mail: OutgoingMail, giveUp: AbortSignal): Promise<SmtpReply> => {
    const kept = idle.take();
    if (kept) {
      const reply = await transact(kept, mail, giveUp);
      if (!isStale(reply) || giveUp.aborted) return reply;
    }
    const { session, reply } = await openSession(options, giveUp);
    return session ? transact(session, mail, giveUp) : reply;
  };

  return {
    async send(mail) {
      // A stream may break while nobody reads it yet; the error is met again when it is read.
      mail.message.on('error', () => {});
      const patience = limited(mail);
      try {
        if (!(await places.enter(patience.giveUp))) {
          // Not `connect`, which would say that the relay cannot be reached.
          return noReply(
            `no connection was free: ${patience.giveUp.reason ?? 'the client is closed'}`,
            'mail',
          );
        }
        try {
          return await attempt(mail, patience.giveUp);
        } finally {
          places.leave();
        }
      } finally {
        patience.end();
        mail.message.destroy();
      }
    },

    async check(withinMs = CHECK_WAIT_MS) {
      const limit = AbortSignal.timeout(withinMs);
      const { session, reply } = await openSession(options, limit);
      await session?.quit(limit);
      return reply;
    },

    close() {
      places.close();
      idle.close();
    },
  };
}

/** The connection ended before the message: the relay had closed it, or did so in place of a reply. */
const isStale = (reply: SmtpReply): boolean =>
  (reply.code === 0 || reply.code === 421) && ['mail', 'rcpt', 'data'].includes(reply.stage);

/** The relay answered all that it was asked and waits for the next command. */
const isReusableAfter = (reply: SmtpReply): boolean =>
  reply.code !== 0 && reply.code !== 421 && reply.stage !== 'body';

/** One signal for all reasons to give up before the message flows; its reason says which it was. */
function limited({ reachDataWithinMs, signal }: OutgoingMail): { giveUp: AbortSignal; end(): void } {
  const controller = new AbortController();
  const cancel = (): void => controller.abort('the attempt was cancelled before the message was sent');
  const clock =
    reachDataWithinMs === undefined
      ? undefined
      : setTimeout(
          () => controller.abort(`the relay did not ask for the message within ${reachDataWithinMs} ms`),
          reachDataWithinMs,
        );
  if (signal?.aborted) cancel();
  else signal?.addEventListener('abort', cancel, { once: true });
  return {
    giveUp: controller.signal,
    end() {
      clearTimeout(clock);
      signal?.removeEventListener('abort', cancel);
    },
  };
}
