/** Digests and signatures for the pure code, which takes them as functions. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** SHA-256 of UTF-8 text, as hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Signs with the newest secret; accepts what any of them signed, so that secrets can be rotated. */
export function openSigner(secrets: readonly string[]): {
  sign: (text: string) => string;
  verify: (text: string, mac: string) => boolean;
} {
  const newest = secrets[0];
  if (newest === undefined)
    throw new Error('EVERPOST_SECRETS holds no secret; set at least one of 16 characters or more');
  const macOf = (secret: string, text: string): string =>
    createHmac('sha256', secret).update(text).digest('hex');
  return {
    sign: (text) => macOf(newest, text),
    verify: (text, mac) => {
      const given = Buffer.from(mac, 'utf8');
      return secrets.some((secret) => {
        const expected = Buffer.from(macOf(secret, text), 'utf8');
        return expected.length === given.length && timingSafeEqual(expected, given);
      });
    },
  };
}
