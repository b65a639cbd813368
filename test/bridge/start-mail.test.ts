/** The name of a mail's workflow, and whose fault a failed start is. */
import { expect, it } from 'vitest';
import { mailWorkflowId, readStartFailure, recipientsDigest } from '../../src/bridge/start-mail.ts';
import type { MailNotice } from '../../src/mail/mail.ts';

const notice = (recipients?: string[]): MailNotice => ({
  source: recipients === undefined ? 's3' : 'ses',
  domain: 'example.com',
  bucket: 'example-com-emails',
  key: 'abc',
  messageId: 'abc',
  receivedAt: '2026-05-04T12:00:00.000Z',
  ...(recipients === undefined ? {} : { envelope: { sender: 'bob@example.org', recipients } }),
});

it('recipients have one digest whatever their order and case, and another when one more is among them', () => {
  const digest = recipientsDigest(notice(['Ann@example.com', 'ben@example.com']));
  expect(digest).toMatch(/^[0-9a-f]{8}$/);
  expect(recipientsDigest(notice(['ben@example.com', 'ann@EXAMPLE.com']))).toBe(digest);
  expect(recipientsDigest(notice(['ann@example.com']))).not.toBe(digest);
  expect(recipientsDigest(notice())).toBe('');
});

it('the id of a workflow follows from domain and message, with the digest where that is taken', () => {
  expect(mailWorkflowId(notice())).toBe('mail:example.com:abc');
  expect(mailWorkflowId(notice(), '0123abcd')).toBe('mail:example.com:abc:0123abcd');
});

/** As the gRPC client makes them, inside the SDK's own error. */
function refused(code: number, details: string): Error {
  const grpc = Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });
  return new Error('Failed to start Workflow', { cause: grpc });
}

const failures: [string, 'poison' | 'outage' | 'odd', unknown][] = [
  ['an argument that Temporal refuses', 'poison', refused(3, 'WorkflowId length exceeds limit')],
  [
    'search attributes that are not registered',
    'outage',
    refused(3, 'search attribute MailTo is not defined'),
  ],
  ['no answer in time', 'outage', refused(4, 'deadline exceeded')],
  ['a missing namespace', 'odd', refused(5, 'Namespace not found')],
  ['a limit that is full', 'outage', refused(8, 'rate limit exceeded')],
  ['nobody at that address', 'outage', refused(14, 'no connection established')],
  ['what is no answer of Temporal', 'odd', 'a text that was thrown'],
];
it.each(failures)('a start that failed for %s counts as %s', (_, kind, error) => {
  expect(readStartFailure(error).kind).toBe(kind);
});

it('missing search attributes name the command that registers them', () => {
  expect(readStartFailure(failures[1]![2]).reason).toMatch(/MailTo.*everpost setup/);
});
