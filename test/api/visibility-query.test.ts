/** Queries as text: every value stays a value. What the server makes of them is in mail-list.test.ts. */
import { describe, expect, it } from 'vitest';
import { filterSchema } from '../../src/api/mail-schema.ts';
import { Problem } from '../../src/api/problems.ts';
import { mailQuery, quoted } from '../../src/api/visibility-query.ts';

const BASE = "WorkflowType = 'mailWorkflow' AND TaskQueue = 'everpost'";
const query = (filter: Record<string, string>) => mailQuery(filterSchema.parse(filter), 'everpost');

describe('a query', () => {
  it.each<[Record<string, string>, string]>([
    [{}, ''],
    [{ status: 'failed' }, " AND MailStatus = 'failed'"],
    [{ status: 'processing' }, " AND (MailStatus = 'processing' OR MailStatus IS NULL)"],
    [{ domain: 'Example.COM' }, " AND MailDomain = 'example.com'"],
    [{ from: "O'Hara@Example.org" }, " AND MailFrom = 'o''hara@example.org'"],
    [{ from: '<>' }, " AND MailFrom = ''"],
    [{ to: "x' OR '1'='1" }, " AND MailTo = 'x'' or ''1''=''1'"],
    [{ since: '2026-01-02' }, " AND StartTime >= '2026-01-02T00:00:00.000Z'"],
    [{ until: '2026-01-02T03:04:05+02:00' }, " AND StartTime < '2026-01-02T01:04:05.000Z'"],
    [{ text: "Grüße, O'Brien*" }, " AND MailText = 'Grüße' AND MailText = 'O' AND MailText = 'Brien'"],
  ])('of %j says what is asked for', (filter, conditions) => {
    expect(query(filter)).toBe(BASE + conditions);
  });

  it('of an account asks for its domains only', () => {
    expect(mailQuery(filterSchema.parse({}), 'everpost', ['a.example', 'b.example'])).toBe(
      `${BASE} AND MailDomain IN ('a.example', 'b.example')`,
    );
  });

  it('cuts a sender where its search attribute was cut', () => {
    expect(query({ from: 'a'.repeat(300) })).toBe(`${BASE} AND MailFrom = '${'a'.repeat(255)}'`);
  });

  it('asks for ten words at most', () => {
    expect(query({ text: 'a b c d e f g h i j k l' }).split('MailText').length - 1).toBe(10);
  });

  it.each(['a"b', 'a\\b', 'a\nb', 'a\u0000b', "\\' OR 1=1 --"])(
    'refuses %j, which cannot be quoted',
    (value) => {
      expect(() => quoted('from', value)).toThrow(Problem);
    },
  );

  it('refuses a text without a word', () => {
    expect(() => query({ text: '*"\\' })).toThrow(Problem);
  });
});
