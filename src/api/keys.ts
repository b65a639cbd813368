/**
 * Who may use the API: keys, the sessions that a key opens in a browser, and one-time sign-in links. Keys are held
 * as digests only and compared in constant time; nothing here logs.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** How long a session lasts, in seconds. */
export const SESSION_SECONDS = 7 * 24 * 60 * 60;
/** A sign-in link is for the person who just started the program. */
const LINK_MS = 60 * 60 * 1000;
/** Links that may wait at once; the oldest go first. */
const LINKS_MAX = 100;

export type Keys = {
  /** False: the deployment has no key at all, and only loopback may be served. */
  any: boolean;
  /** The name of the key in sessions, where `candidate` is one of ours. */
  find(candidate: string): string | undefined;
  /** Text of the session cookie for the key of that name; `nowMs` is ms since the epoch. */
  openSession(name: string, nowMs: number): string;
  /** Name of the key that opened a session of ours which has not expired; whether that key still holds is not asked. */
  readSession(cookie: string, nowMs: number): string | undefined;
  /** Whether a key of the configuration has that name. */
  has(name: string): boolean;
  /** A token that signs in once, within an hour, as the holder of the first key. */
  issueLink(nowMs: number): string;
  /** The session cookie for a link's token; undefined when it was used, has expired or never was. */
  redeemLink(token: string, nowMs: number): string | undefined;
};

/**
 * Opens the keys of a deployment. `secrets` (newest first) sign sessions; without any, a random one does, and
 * sessions end with the process.
 */
export function openKeys(apiKeys: readonly string[], secrets: readonly string[]): Keys {
  const known = apiKeys.map((key) => {
    const bytes = digest(key);
    return { bytes, name: bytes.toString('hex').slice(0, 16) };
  });
  const signers = secrets.length > 0 ? secrets : [randomBytes(32).toString('hex')];
  const links = new Map<string, number>();

  const sign = (text: string, secret: string): Buffer =>
    createHmac('sha256', secret).update(`everpost session ${text}`).digest();

  const openSession = (name: string, nowMs: number): string => {
    const text = `${name}.${Math.floor(nowMs / 1000) + SESSION_SECONDS}`;
    return `${text}.${sign(text, signers[0] as string).toString('base64url')}`;
  };

  return {
    any: known.length > 0,
    openSession,
    find(candidate) {
      const bytes = digest(candidate);
      // All keys are compared, so that the time does not tell which one came close.
      return known.reduce<string | undefined>(
        (found, key) => (timingSafeEqual(key.bytes, bytes) ? key.name : found),
        undefined,
      );
    },
    has: (name) => known.some((key) => key.name === name),
    readSession(cookie, nowMs) {
      const [name = '', expires = '', mac = '', ...more] = cookie.split('.');
      const given = Buffer.from(mac, 'base64url');
      const isOurs = signers.some((secret) => {
        const expected = sign(`${name}.${expires}`, secret);
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      return isOurs && more.length === 0 && Number(expires) * 1000 > nowMs ? name : undefined;
    },
    issueLink(nowMs) {
      const token = randomBytes(32).toString('base64url');
      links.set(digest(token).toString('hex'), nowMs + LINK_MS);
      for (const oldest of [...links.keys()].slice(0, Math.max(0, links.size - LINKS_MAX)))
        links.delete(oldest);
      return token;
    },
    redeemLink(token, nowMs) {
      const id = digest(token).toString('hex');
      const expiresMs = links.get(id);
      links.delete(id);
      const first = known[0];
      if (expiresMs === undefined || expiresMs <= nowMs || first === undefined) return undefined;
      return openSession(first.name, nowMs);
    },
  };
}
