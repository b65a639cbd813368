/** Only what was signed here unsubscribes, whatever else is in the link. */
import { describe, expect, it } from 'vitest';
import {
  readUnsubscribeToken,
  signUnsubscribeToken,
  type Unsubscription,
} from '../../src/mail/unsubscribe-token.ts';
import { openSigner } from '../../src/secrets.ts';

const { sign, verify } = openSigner(['a-secret-of-sixteen']);
const who: Unsubscription = { account: 'acme', address: 'bücher@example.com', source: 'campaign:7' };
const token = signUnsubscribeToken(who, sign);

describe('a token', () => {
  it('says who it is for, in digits that no mail program breaks', () => {
    expect(token).toMatch(/^[0-9a-f]+$/);
    expect(readUnsubscribeToken(token, verify)).toEqual(who);
    expect(signUnsubscribeToken(who, sign)).toBe(token);
  });

  it('of an older secret counts while that secret does', () => {
    const rotated = openSigner(['the-newest-secret-1', 'a-secret-of-sixteen']);
    expect(readUnsubscribeToken(token, rotated.verify)).toEqual(who);
    expect(readUnsubscribeToken(token, openSigner(['the-newest-secret-1']).verify)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['a signature of nothing', sign('unsubscribe ')],
    ['a changed claim', `f${token.slice(1)}`],
    ['a changed signature', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`],
    ['a piece', token.slice(0, -2)],
    ['more', `${token}00`],
    ['capitals', token.toUpperCase()],
    ['no digits', 'hello'],
    ['too much', 'ab'.repeat(10_000)],
    ['a signature made for another purpose', `00${sign('00')}`],
    ['a claim of another shape', `00${sign('unsubscribe 00')}`],
  ])('is not %s', (_, text) => {
    expect(readUnsubscribeToken(text, verify)).toBeUndefined();
  });
});
