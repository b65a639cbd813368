/** What the SMTP tests share: a client on a scripted relay, both ended after each test, and a small mail. */
import { Readable } from 'node:stream';
import { afterEach } from 'vitest';
import { type OutgoingMail, openSmtpClient, type SmtpClient } from '../../src/smtp/smtp-client.ts';
import type { Relay } from '../../src/smtp/transport-security.ts';
import { type ScriptedSmtp, scriptedSmtp } from '../fakes/scripted-smtp.ts';
import type { Script } from '../fakes/smtp-script.ts';

const opened: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of opened.splice(0).reverse()) await end();
});

export const TEXT = 'Subject: hello\r\n\r\nHow are you?\r\n';

/** A mail whose message can be read once. */
export function mail(changes: Partial<OutgoingMail> = {}, text: string | Buffer = TEXT): OutgoingMail {
  return {
    from: 'alice@example.com',
    to: 'bob@example.org',
    eightBit: false,
    message: Readable.from([Buffer.from(text)]),
    ...changes,
  };
}

export type ClientChanges = Partial<Relay> & { connectionsMax?: number; idleMs?: number };

export async function relay(
  script: Script = {},
  changes: ClientChanges = {},
): Promise<{ server: ScriptedSmtp; client: SmtpClient }> {
  const server = await scriptedSmtp(script);
  const client = openSmtpClient({
    host: '127.0.0.1',
    port: server.port,
    secure: false,
    connectionsMax: 4,
    ...changes,
  });
  opened.push(
    () => server.stop(),
    () => client.close(),
  );
  return { server, client };
}

/** Never settles: for a server that has gone silent. */
export const forever = new Promise<never>(() => {});
