/** Whom a webhook may reach. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { callWebhook, isInnerAddress } from '../../activities/call-webhook.ts';

const addresses: [string, boolean][] = [
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.16.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::ffff:127.0.0.1', true],
  ['2001:db8::1', false],
];
it.each(addresses)('%s is an inner address: %s', (address, isInner) => {
  expect(isInnerAddress(address)).toBe(isInner);
});

it('production calls no inner address, by number or by name; development may', async () => {
  const server = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const call = (host: string, mayBeInner: boolean) =>
    callWebhook(`http://${host}:${port}/`, '{}', {}, { mayBeInner });
  await expect(call('127.0.0.1', false)).rejects.toThrow(/inner network/);
  await expect(call('localhost', false)).rejects.toThrow(/inner network/);
  expect(await call('127.0.0.1', true)).toBe(204);
  server.close();
});
