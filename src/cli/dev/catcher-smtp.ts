/**
 * One SMTP port of the mail catcher. Takes every mail, the null sender's too, 8-bit and with UTF-8 addresses, and
 * says 250 only when it is on the disk. Without TLS and login: it listens for this machine.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { CatcherPort, CatcherStore } from './catcher-store.ts';

export type CatcherSmtpOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  name: CatcherPort;
  store: CatcherStore;
  /** Whether a recipient is unknown here: 550 5.1.1. */
  refuse?: (address: string) => boolean | Promise<boolean>;
};

/** SES takes 40 MB at most; far more, so that it is never the catcher that refuses a mail. */
const MESSAGE_BYTES_MAX = 100 * 1024 * 1024;

/** How long open sessions may go on after `stop`, in milliseconds. */
const CLOSE_WAIT_MS = 500;

const refusal = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });

/** Rejects where the port cannot be had. */
export async function openCatcherSmtp(
  options: CatcherSmtpOptions,
): Promise<{ port: number; stop(): Promise<void> }> {
  const { store, name, refuse = () => false } = options;
  const server = new SMTPServer({
    banner: `Everpost mail catcher, ${name}`,
    logger: false,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MESSAGE_BYTES_MAX,
    closeTimeout: CLOSE_WAIT_MS,
    onRcptTo({ address }, _session, done) {
      Promise.resolve(address)
        .then(refuse)
        .then(
          (unknown) => done(unknown ? refusal(550, `5.1.1 no such user here: ${address}`) : null),
          (error: Error) => done(refusal(451, error.message)),
        );
    },
    onData(message, { envelope }, done) {
      const mailFrom = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
      const rcptTo = envelope.rcptTo.map(({ address }) => address);
      store
        .add({ port: name, mailFrom, rcptTo }, message, () => !message.sizeExceeded)
        .then(
          (mail) => {
            if (mail) done(null, `caught as ${mail.id}`);
            else done(refusal(552, `5.3.4 message exceeds ${MESSAGE_BYTES_MAX} bytes`));
          },
          (error: Error) => done(refusal(451, error.message)),
        );
    },
  });
  // A client that goes away in the middle is its own affair; a port that cannot be had is reported by `once`.
  server.on('error', () => {});
  server.listen(options.port, options.host);
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
