/** The mailbox server of the benchmark: takes every mail, throws its bytes away, and says for whom and when. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { openParent } from './parent.ts';

const parent = openParent();
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  closeTimeout: 100,
  onData(stream, session, done) {
    stream.resume();
    stream.once('end', () => {
      const [mail] = session.envelope.rcptTo[0]!.address.split('@');
      parent.done(mail);
      done(null, 'accepted');
    });
  },
});
// A connection that breaks is the sender's affair.
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.server.address() as AddressInfo;
  parent.ready(() => new Promise((resolve) => server.close(() => resolve())), port);
});
