/** Search attributes as values: cut to what Temporal takes, and the subject read back from the text. */
import { describe, expect, it } from 'vitest';
import { cutKeyword, cutKeywordList, mailText, subjectOf } from '../../src/mail/search.ts';

describe('keywords', () => {
  it('are lower-cased and cut at 255 characters', () => {
    expect(cutKeyword('Alice@Example.COM')).toBe('alice@example.com');
    expect(cutKeyword('a'.repeat(300))).toHaveLength(255);
  });

  it('keep whole entries up to 2 KB', () => {
    const many = Array.from({ length: 500 }, (_, index) => `recipient-${index}@example.com`);
    const kept = cutKeywordList(many);
    expect(kept).toEqual(many.slice(0, kept.length));
    expect(kept.join('').length).toBeLessThan(2_048);
    expect(kept.length).toBeGreaterThan(50);
  });
});

describe('a list of odd addresses', () => {
  it.each(['"', '\\', '漢'])('stays within what the server takes, as JSON, of %s', (character) => {
    const list = cutKeywordList(Array.from({ length: 50 }, () => `"${character.repeat(60)}"@example.com`));
    expect(Buffer.byteLength(JSON.stringify(list))).toBeLessThanOrEqual(2_048);
    expect(list.length).toBeGreaterThan(5);
  });
});

describe('the text', () => {
  it.each([
    ['Hello', 'Hello'],
    ['', ''],
    ['two\r\n lines', 'two lines'],
    ['x'.repeat(2_000), 'x'.repeat(1_000)],
  ])('gives the subject back: %.20j', (subject, back) => {
    expect(subjectOf(mailText(subject, ['a@example.com', 'b@example.com']))).toBe(back);
  });

  it.each([
    ['Chinese', '漢'],
    ['emoji', '😀'],
    ['quotes and backslashes', '"\\'],
    ['control characters', '\u0001'],
    ['half surrogates', '\ud83d'],
  ])('never exceeds what the server takes of one value, as JSON, of %s', (_, character) => {
    const text = mailText(character.repeat(500), [character.repeat(500)]);
    expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThanOrEqual(2_048);
    expect(text.length).toBeGreaterThan(300);
  });

  it('holds the addresses behind the subject', () => {
    expect(mailText('Hello', ['a@example.com', 'b@example.com'])).toBe('Hello\na@example.com b@example.com');
  });
});
