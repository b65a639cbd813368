/** Addresses as envelopes, rules and ids use them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressKey,
  domainOf,
  formatAddress,
  isServed,
  lookUpKeys,
  parseAddress,
  sameMailbox,
} from '../../src/mail/address.ts';

const of = (letter: string, count: number): string => letter.repeat(count);

describe('an address', () => {
  it.each([
    ['Alice@Example.COM', 'Alice', 'example.com'],
    ['  bob@example.org ', 'bob', 'example.org'],
    ['root@localhost', 'root', 'localhost'],
    ['"a@b c"@example.com', '"a@b c"', 'example.com'],
    ['"a\\"b"@example.com', '"a\\"b"', 'example.com'],
    ['a..b.@example.com', 'a..b.', 'example.com'],
    ['sales+eu@example.com', 'sales+eu', 'example.com'],
    ['SRS0=ab=cd=example.org=carol@example.com', 'SRS0=ab=cd=example.org=carol', 'example.com'],
    ['jörg@bücher.example', 'jörg', 'xn--bcher-kva.example'],
    ['a@BÜCHER.example', 'a', 'xn--bcher-kva.example'],
    ['a@host_name.example', 'a', 'host_name.example'],
    ['a@[192.0.2.1]', 'a', '[192.0.2.1]'],
    ['a@[IPv6:2001:db8::1]', 'a', '[ipv6:2001:db8::1]'],
    [`${of('l', 64)}@example.com`, of('l', 64), 'example.com'],
  ])('%s is read', (text, local, domain) => {
    expect(parseAddress(text)).toEqual({ local, domain });
  });

  it.each([
    ['nothing', ''],
    ['the null sender', '<>'],
    ['no @', 'example.com'],
    ['no local part', '@example.com'],
    ['no domain', 'alice@'],
    ['a space in the local part', 'a b@example.com'],
    ['a second command line', 'a@example.com\r\nRCPT TO:<b@example.com>'],
    ['a NUL', 'a\u0000@example.com'],
    ['an @ outside quotes', 'a@b@example.com'],
    ['angle brackets', '<a@example.com>'],
    ['a domain with a path', 'a@example.com/ü'],
    ['a domain with a port', 'a@bücher.example:25'],
    ['an escape in the domain', 'a@ex%61mple.example'],
    ['an empty label', 'a@example..com'],
    ['a label that begins with a dash', 'a@-a.example'],
    ['a domain that would become an IPv4 address', 'a@１.２'],
    ['a local part of 65 octets', `${of('l', 65)}@example.com`],
    ['a local part of 66 octets in 33 letters', `${of('ü', 33)}@example.com`],
    ['a label of 64 octets', `a@${of('d', 64)}.example`],
    ['a path of more than 256 octets', `${of('l', 64)}@${of(`${of('d', 31)}.`, 6)}example`],
  ])('with %s is none', (_why, text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('survives being written and read again', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (text) => {
        const address = parseAddress(text);
        if (address) expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('is looked for in any text without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const text = `${a}@${b}`;
        parseAddress(text);
        expect(lookUpKeys(text)[0]).toBe(addressKey(text));
        expect(domainOf(text)?.toLowerCase()).toBe(domainOf(text));
      }),
    );
  });
});

describe('look-up keys', () => {
  it.each([
    ['Alice@Example.com', ['alice@example.com', '@example.com']],
    ['Alice+News+X@Example.com', ['alice+news+x@example.com', 'alice@example.com', '@example.com']],
    ['+tag@example.com', ['+tag@example.com', '@example.com']],
    ['"a+b"@example.com', ['"a+b"@example.com', '@example.com']],
    ['a@bücher.example', ['a@xn--bcher-kva.example', '@xn--bcher-kva.example']],
    [' Not An Address ', ['not an address']],
  ])('of %s go from the exact to the domain', (text, keys) => {
    expect(lookUpKeys(text)).toEqual(keys);
  });
});

describe('comparison', () => {
  it.each([
    ['Alice@EXAMPLE.com', 'alice@example.com', true],
    ['a@bücher.example', 'A@xn--bcher-kva.example', true],
    ['a@example.com', 'a+b@example.com', false],
    ['', '', false],
  ])('of %s and %s', (a, b, same) => {
    expect(sameMailbox(a, b)).toBe(same);
  });

  it.each([
    ['a@Example.COM', true],
    ['a@sub.example.com', false],
    [`${of('v', 90)}@example.com`, true],
    ['example.com', false],
    ['', false],
  ])('says whether %s is served', (text, served) => {
    expect(isServed(text, ['example.com', 'example.org'])).toBe(served);
  });
});
