/** The audit on the stored mail: S3's 2 KB, whatever there is to say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Audit, auditMetadata } from '../../src/mail/metadata.ts';

const audit = (more: Partial<Audit> = {}): Audit => ({
  existing: {},
  status: 'delivered',
  processedAt: '2026-08-04T10:00:01.000Z',
  processedBy: 'everpost',
  workflowId: 'mail:example.com:abc123',
  invalidInboxes: [],
  blockedRecipients: [],
  ...more,
});

const plain = {
  workflow_id: 'mail:example.com:abc123',
  status: 'delivered',
  processed_at: '2026-08-04T10:00:01.000Z',
  processed_by: 'everpost',
};

/** As S3 counts, the prefix of each header included. */
const bytesOf = (metadata: Record<string, string>): number =>
  Object.entries(metadata).reduce(
    (total, [key, value]) => total + new TextEncoder().encode(`x-amz-meta-${key}${value}`).length,
    0,
  );

const people = (count: number, domain = 'example.com'): string[] =>
  Array.from({ length: count }, (_, index) => `person${index}@${domain}`);

describe('the audit metadata', () => {
  it.each<[string, Partial<Audit>, Record<string, string>]>([
    ['a plain mail', {}, plain],
    [
      'refused mailboxes and blocked recipients',
      {
        status: 'partial',
        invalidInboxes: ['a@example.com', 'b@example.com'],
        blockedRecipients: ['c@example.com'],
        blockedSender: 'spam@bad.example',
      },
      {
        ...plain,
        status: 'partial',
        blocked_sender: 'spam@bad.example',
        invalid_inboxes: 'a@example.com,b@example.com',
        blocked_recipients: 'c@example.com',
      },
    ],
    [
      'metadata of others',
      { existing: { owner: 'legal', 'x-case': '42 %' } },
      { owner: 'legal', 'x-case': '42 %', ...plain },
    ],
    [
      'an earlier audit',
      { existing: { status: 'processing', blocked_sender: 'old@bad.example', processed_by: 'another' } },
      plain,
    ],
    [
      'addresses beyond ASCII',
      {
        invalidInboxes: ['jörg@example.com', '"a,b"@example.com', '50%@example.com'],
        blockedSender: '悪@bad.example',
      },
      {
        ...plain,
        blocked_sender: '%E6%82%AA@bad.example',
        invalid_inboxes: 'j%C3%B6rg@example.com,"a%2Cb"@example.com,50%25@example.com',
      },
    ],
    [
      'a line end in a value',
      { workflowId: 'a\r\nx-amz-acl: public-read' },
      { ...plain, workflow_id: 'a%0D%0Ax-amz-acl: public-read' },
    ],
    [
      'garbled metadata of others',
      { existing: { title: 'Grüße\u0000' } },
      { title: 'Gr%C3%BC%C3%9Fe%00', ...plain },
    ],
    ['an empty blocked sender', { blockedSender: '' }, plain],
  ])('of %s', (_what, more, expected) => {
    expect(auditMetadata(audit(more))).toEqual(expected);
  });

  it.each<[string, Partial<Audit>]>([
    ['2,000 refused mailboxes', { invalidInboxes: people(2_000) }],
    ['2,000 blocked recipients', { blockedRecipients: people(2_000) }],
    ['both', { invalidInboxes: people(2_000), blockedRecipients: people(2_000) }],
    ['2,000 beyond ASCII', { invalidInboxes: people(2_000).map((one) => `ü${one}`) }],
  ])('with %s names as many as fit and counts the others', (_what, more) => {
    const metadata = auditMetadata(audit(more));
    expect(bytesOf(metadata)).toBeLessThanOrEqual(2048);
    expect(bytesOf(metadata)).toBeGreaterThan(1900);
    for (const [key, all] of [
      ['invalid_inboxes', more.invalidInboxes],
      ['blocked_recipients', more.blockedRecipients],
    ] as const) {
      if (all === undefined) continue;
      const entries = metadata[key]!.split(',');
      const left = Number(/^\+(\d+) more$/.exec(entries.pop()!)?.[1]);
      expect(entries.map(decodeURIComponent)).toEqual(all.slice(0, entries.length));
      expect(left).toBe(all.length - entries.length);
    }
  });

  it('gives a long list the room that a short one leaves', () => {
    const metadata = auditMetadata(audit({ invalidInboxes: people(2_000), blockedRecipients: people(3) }));
    expect(metadata.blocked_recipients).toBe(people(3).join(','));
    expect(bytesOf(metadata)).toBeGreaterThan(2000);
  });

  it('keeps what others wrote even where nothing of ours fits any more', () => {
    const existing = { essay: 'x'.repeat(2_030) };
    expect(auditMetadata(audit({ existing }))).toEqual(existing);
    const tight = auditMetadata(audit({ existing: { essay: 'x'.repeat(1_930) }, invalidInboxes: people(9) }));
    expect(tight).toMatchObject({ workflow_id: plain.workflow_id, status: 'delivered' });
    expect(bytesOf(tight)).toBeLessThanOrEqual(2048);
  });

  it('stays within 2 KB of ASCII whatever it is told, and says the same again when asked again', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    const facts = fc.record({
      existing: fc.dictionary(
        fc.stringMatching(/^[a-z]{1,10}$/),
        fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
        { maxKeys: 8 },
      ),
      invalidInboxes: fc.array(text, { maxLength: 60 }),
      blockedRecipients: fc.array(text, { maxLength: 60 }),
      blockedSender: text,
      workflowId: text,
    });
    fc.assert(
      fc.property(facts, (more) => {
        const metadata = auditMetadata(audit(more));
        expect(bytesOf(metadata)).toBeLessThanOrEqual(2048);
        for (const value of Object.values(metadata)) expect(value).toMatch(/^[ -~]*$/);
        expect(auditMetadata(audit({ ...more, existing: metadata }))).toEqual(metadata);
      }),
    );
  });
});
