/** Who is told of our own troubles, and how often. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { expect, it } from 'vitest';
import { openTrouble } from '../../activities/trouble.ts';
import { readConfig } from '../../src/config.ts';
import { openSmtpClient } from '../../src/smtp/smtp-client.ts';
import { startMailboxServer } from '../fakes/mailbox-server.ts';

it('the first trouble of a kind is told by webhook and mail, the next ones within the hour are only counted', async () => {
  const mailbox = await startMailboxServer();
  const calls: unknown[] = [];
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      calls.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const config = readConfig({
    EVERPOST_SECRETS: 'a-secret-of-the-tests-0123456789',
    ALERT_ADDRESS: 'operator@ops.test',
    ALERT_WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/alert`,
  });
  const relay = openSmtpClient({ host: '127.0.0.1', port: mailbox.port, secure: false, connectionsMax: 1 });
  const counted: string[] = [];
  const count = {
    mail: () => {},
    attempt: () => {},
    payload: () => {},
    alert: (kind: string) => void counted.push(kind),
  };
  const trouble = openTrouble({
    config,
    relays: { internal: relay, external: relay },
    log: pino({ level: 'silent' }),
    count,
  });
  for (const _ of [1, 2, 3]) trouble('relay', 'The relay refuses our log-in.', { mail: 'a/b' });
  const [mail] = await mailbox.waitFor('operator@ops.test');
  expect(mail!.bytes.toString()).toMatch(/The relay refuses our log-in\./);
  expect(calls).toEqual([expect.objectContaining({ schema: 'everpost.alert/v1', kind: 'relay' })]);
  expect(counted).toEqual(['relay', 'relay', 'relay']);
  expect(mailbox.received).toHaveLength(1);
  relay.close();
  hook.close();
  await mailbox.stop();
});
