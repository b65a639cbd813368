/**
 * POSTs to a customer's webhook. Customers choose the address, so in production it may not lead into our own network:
 * the address is checked where the connection is made, after the name was resolved.
 */
import { lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const ANSWER_MS_MAX = 15_000;

/** Loopback, link-local, private and shared networks (RFC 6890). */
const inner = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  inner.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  inner.addSubnet(net, prefix, 'ipv6');
}

/** Whether an IP address, mapped ones included, belongs to networks that are not the world's. */
export function isInnerAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return inner.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

const refusal = (host: string): Error =>
  new Error(`the webhook ${host} is an address of an inner network, which production does not call`);

const outerLookup: LookupFunction = (host, options, done) => {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const bad = addresses?.find(({ address }) => isInnerAddress(address));
    if (error || bad !== undefined || addresses[0] === undefined) return done(error ?? refusal(host), []);
    if (options.all) return done(null, addresses);
    return done(null, addresses[0].address, addresses[0].family);
  });
};

/** Resolves with the status. Redirects are not followed: where they lead was not signed for. */
export function callWebhook(
  url: string,
  body: string,
  headers: Record<string, string>,
  { mayBeInner }: { mayBeInner: boolean },
): Promise<number> {
  const { protocol, hostname } = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (!mayBeInner && isIP(literal) !== 0 && isInnerAddress(literal)) return Promise.reject(refusal(hostname));
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(mayBeInner ? {} : { lookup: outerLookup }),
    });
    request.on('error', reject);
    request.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.end(body);
  });
}
