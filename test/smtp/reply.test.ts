/** How replies are read (RFC 5321 §4.2.1, RFC 2034 §4). */
import { describe, expect, it } from 'vitest';
import { noReply, readReply } from '../../src/smtp/reply.ts';

describe('a reply', () => {
  it.each([
    ['250 2.0.0 queued as 7', { code: 250, enhanced: '2.0.0', text: 'queued as 7' }],
    ['250 ok', { code: 250, text: 'ok' }],
    ['250', { code: 250, text: '' }],
    ['550 5.1.1', { code: 550, enhanced: '5.1.1', text: '' }],
    ['550-5.1.1 no such\n550 5.1.1 user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
    ['550-no such\r\n550 5.1.1 user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
    ['250 127.0.0.1 is welcome', { code: 250, text: '127.0.0.1 is welcome' }],
    ['250 version 2.1.0', { code: 250, text: 'version 2.1.0' }],
    ['554 \x1b[31mred\x00', { code: 554, text: ' [31mred ' }],
    ['hello?', { code: 0, text: 'hello?' }],
    ['', { code: 0, text: '' }],
  ])('%j', (line, reply) => {
    expect(readReply(line, 'rcpt')).toEqual({ ...reply, stage: 'rcpt' });
  });

  it('of a chatty server is cut', () => {
    expect(readReply(`550 ${'x'.repeat(10_000)}`, 'rcpt').text).toHaveLength(500);
    expect(noReply('x'.repeat(10_000), 'dot').text).toHaveLength(500);
  });
});
