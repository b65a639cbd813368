/** Signatures that survive a change of secrets, and refuse what none of them made. */
import { describe, expect, it } from 'vitest';
import { openSigner, sha256 } from '../src/secrets.ts';

const OLD = 'an-old-secret-0123456789';
const NEW = 'a-new-secret-0123456789';

describe('a signer', () => {
  it('signs with the newest secret and accepts what an older one signed', () => {
    const before = openSigner([OLD]);
    const after = openSigner([NEW, OLD]);
    expect(after.verify('hop', before.sign('hop'))).toBe(true);
    expect(before.verify('hop', after.sign('hop'))).toBe(false);
  });

  const foreign: [string, string][] = [
    ['nothing', ''],
    ['the MAC of another text', openSigner([NEW]).sign('another')],
    ['the MAC of a secret that was dropped', openSigner([OLD]).sign('hop')],
    ['a MAC cut short', openSigner([NEW]).sign('hop').slice(0, -1)],
    ['as many characters of more bytes', 'é'.repeat(64)],
  ];
  it.each(foreign)('refuses %s', (_, mac) => {
    expect(openSigner([NEW]).verify('hop', mac)).toBe(false);
  });

  it('says which variable is missing where there is no secret at all', () => {
    expect(() => openSigner([])).toThrow(/EVERPOST_SECRETS/);
  });
});

it('SHA-256 is that of the UTF-8 bytes, as hex', () => {
  expect(sha256('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c');
});
