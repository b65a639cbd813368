/** The person behind an envelope sender, whatever servers on the way made of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalSender } from '../../src/mail/canonical-sender.ts';

describe('the sender behind', () => {
  it.each([
    ['Bob@Sender.Example', 'bob@sender.example'],
    ['prvs=0123abcdef=bob@sender.example', 'bob@sender.example'],
    ['btv1==0d3c1c3e8a7==bob@sender.example', 'bob@sender.example'],
    ['SRS0=HHHH=TT=sender.example=Bob@forwarder.example', 'bob@sender.example'],
    ['srs0+HHHH=TT=sender.example=bob@forwarder.example', 'bob@sender.example'],
    ['SRS0-HHHH=TT=sender.example=a=b@forwarder.example', 'a=b@sender.example'],
    ['SRS1=HHHH=first.example==HHHH=TT=sender.example=bob@second.example', 'bob@sender.example'],
    ['SRS0=HHHH=TT=sender.example=prvs=0123abcdef=bob@forwarder.example', 'bob@sender.example'],
    ['', ''],
    ['no address', 'no address'],
    ['SRS0=broken@forwarder.example', 'srs0=broken@forwarder.example'],
    ['prvs=@sender.example', 'prvs=@sender.example'],
    ['bob+prvs=1@sender.example', 'bob+prvs=1@sender.example'],
  ])('%s is %s', (address, expected) => expect(canonicalSender(address)).toBe(expected));

  it('comes quickly out of any text', () => {
    const layers = `${'prvs=abcdef='.repeat(20_000)}bob@sender.example`;
    expect(canonicalSender(layers)).toContain('bob@sender.example');
    fc.assert(fc.property(fc.string(), (text) => void canonicalSender(text)));
  });
});
