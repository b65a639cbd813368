/** Which scope a request needs, as a table; what nobody has thought of needs `admin`. */
import { expect, it } from 'vitest';
import { scopeOf } from '../../src/api/caller.ts';

it.each([
  ['GET', '/v1/mails', 'read'],
  ['HEAD', '/v1/mails/x/mime', 'read'],
  ['POST', '/v1/mails/x/resend', 'send'],
  ['POST', '/v1/emails', 'send'],
  ['GET', '/v1/emails/x', 'read'],
  ['PATCH', '/v1/emails/x', 'send'],
  ['GET', '/v1/rules/export', 'rules'],
  ['PUT', '/v1/rules/x', 'rules'],
  ['POST', '/v1/forwards', 'rules'],
  ['GET', '/v1/keys', 'admin'],
  ['POST', '/v1/keys', 'admin'],
  ['GET', '/v1/budgets/default', 'read'],
  ['PUT', '/v1/budgets/default', 'admin'],
  ['POST', '/v1/reprocess', 'admin'],
  ['DELETE', '/v1/emailsx', 'admin'],
])('%s %s needs %s', (method, path, scope) => {
  expect(scopeOf(method, path)).toBe(scope);
});
