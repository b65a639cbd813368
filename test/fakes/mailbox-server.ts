/**
 * A mailbox server that keeps what it accepts, refuses whom it does not know, and can go away and come back on the
 * same port. A real SMTP server (package smtp-server); bytes are kept exactly as they arrived.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export type ReceivedMail = { from: string; to: string[]; bytes: Buffer };

export type MailboxServer = Awaited<ReturnType<typeof startMailboxServer>>;

type SmtpError = Error & { responseCode?: number };

function refusal(code: number, text: string): SmtpError {
  return Object.assign(new Error(text), { responseCode: code });
}

type Behaviour = {
  /** By lower-cased recipient. */
  refusalOf: (address: string) => SmtpError | undefined;
  /** A rejection becomes the reply. */
  take: (mail: ReceivedMail) => Promise<void>;
};

function smtpServer({ refusalOf, take }: Behaviour): SMTPServer {
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, done) => done(refusalOf(address.toLowerCase())),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map((recipient) => recipient.address);
        take({ from, to, bytes: Buffer.concat(chunks) }).then(() => done(null, 'accepted'), done);
      });
    },
  });
  server.on('error', () => {});
  return server;
}

/** Listens on a free loopback port. `unknownUsers`: refused with 550; `busyUsers`: refused with 450. */
export async function startMailboxServer() {
  const received: ReceivedMail[] = [];
  const unknownUsers = new Set<string>();
  const busyUsers = new Set<string>();
  const watchers = new Set<() => void>();
  /** Awaited after all bytes came and before the final reply: lets a test stop the world there. */
  let beforeReply: (mail: ReceivedMail) => Promise<void> = async () => {};
  let port = 0;
  let server: SMTPServer;

  const open = async (): Promise<void> => {
    server = smtpServer({
      refusalOf: (address) => {
        if (unknownUsers.has(address)) return refusal(550, '5.1.1 no such user');
        return busyUsers.has(address) ? refusal(450, '4.2.1 try again later') : undefined;
      },
      async take(mail) {
        await beforeReply(mail);
        received.push(mail);
        for (const watcher of watchers) watcher();
      },
    });
    server.listen(port, '127.0.0.1');
    await once(server.server, 'listening');
    port = (server.server.address() as AddressInfo).port;
  };
  const goAway = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

  await open();
  return {
    get port() {
      return port;
    },
    received,
    unknownUsers,
    busyUsers,
    /** Runs after the last byte of each mail and before its reply; a rejection becomes the reply. */
    onBeforeReply(hook: typeof beforeReply): void {
      beforeReply = hook;
    },
    goAway,
    comeBack: open,
    stop: goAway,
    receivedBy: (address: string) => received.filter((mail) => mail.to.includes(address)),
    /** Resolves when at least `count` mails for an address have come. */
    waitFor(address: string, count = 1): Promise<ReceivedMail[]> {
      return new Promise((resolve) => {
        const look = (): void => {
          const mails = received.filter((mail) => mail.to.includes(address));
          if (mails.length < count) return;
          watchers.delete(look);
          resolve(mails);
        };
        watchers.add(look);
        look();
      });
    },
  };
}
