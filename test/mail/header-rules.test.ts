/** What a customer may put into a header, as a table of names and values (rules 65, 66). */
import { describe, expect, it } from 'vitest';
import { isOneLine, refuseFieldName } from '../../src/mail/header-rules.ts';

describe('a field name', () => {
  it.each([
    'X-Order',
    'List-Unsubscribe',
    'List-Id',
    'In-Reply-To',
    'References',
    'Precedence',
    'Importance',
    'Organization',
    'x_under',
  ])('%s may be set', (name) => {
    expect(refuseFieldName(name)).toBeUndefined();
  });

  it.each([
    'From',
    'FROM',
    'to',
    'Cc',
    'Bcc',
    'Sender',
    'Reply-To',
    'Subject',
    'Date',
    'Message-ID',
    'Received',
    'Return-Path',
    'Auto-Submitted',
    'DKIM-Signature',
    'ARC-Seal',
    'Resent-From',
    'Content-Type',
    'Content-Transfer-Encoding',
    'MIME-Version',
    'X-SES-Configuration-Set',
    'X-Everpost-Hop',
    'Authentication-Results',
  ])('%s may not', (name) => {
    expect(refuseFieldName(name)).toBe('may not be set by a request');
  });

  it.each(['', 'X Y', 'X:Y', 'Bcc: x', 'X\r\nBcc', 'Größe', 'X\u0000', 'x'.repeat(77)])(
    '%j is none',
    (name) => {
      expect(refuseFieldName(name)).toContain('is no header field name');
    },
  );
});

describe('a value', () => {
  it.each(['', 'plain', 'with\ttab', 'Grüße 你好'])('%j is one line', (text) => {
    expect(isOneLine(text)).toBe(true);
  });

  it.each(['a\rb', 'a\nb', 'a\r\nBcc: x', 'a\u0000', 'a\u0085b', 'a\u2028b', 'a\u007f', 'a\u000bb'])(
    '%j is not',
    (text) => {
      expect(isOneLine(text)).toBe(false);
    },
  );
});
