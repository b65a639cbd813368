/** What people may say with a resend, and what they are told where it makes no sense. */
import { describe, expect, it } from 'vitest';
import { readResend } from '../../workflows/resend-request.ts';

describe('a resend request', () => {
  const understood: [unknown, object][] = [
    [undefined, { to: [], all: false, text: 'what is not delivered' }],
    [null, { to: [], all: false, text: 'what is not delivered' }],
    [{}, { to: [], all: false, text: 'what is not delivered' }],
    [{ recipients: [] }, { to: [], all: false }],
    [{ recipients: ['a@example.com'] }, { recipients: ['a@example.com'], text: 'recipients a@example.com' }],
    [{ recipients: 'a@example.com' }, { recipients: ['a@example.com'] }],
    [
      { to: 'b@example.com', id: '1' },
      { id: '1', to: ['b@example.com'], text: 'to b@example.com' },
    ],
    [{ to: ['b@example.com', 'c@example.com'] }, { to: ['b@example.com', 'c@example.com'] }],
    [{ all: true }, { all: true, text: 'all deliveries' }],
    [{ to: 'grüße@example.com' }, { to: ['grüße@example.com'] }],
  ];
  it.each(understood)('%j is understood', (request, order) => {
    expect(readResend(request)).toMatchObject(order);
  });

  const refused: [unknown, RegExp][] = [
    ['now', /must be an object/],
    [7, /must be an object/],
    [[], /must be an object/],
    [{ recipient: 'a@example.com' }, /unknown field "recipient"/],
    [{ recipients: [1] }, /recipients holds 1/],
    [{ recipients: 'nobody' }, /recipients holds "nobody"/],
    [{ to: 'a@example.com\r\nRCPT TO:<x@y.test>' }, /which is no mail address/],
    [{ to: '<a@example.com>' }, /which is no mail address/],
    [{ to: 'a b@example.com' }, /which is no mail address/],
    [{ to: [null] }, /which is no mail address/],
    [{ to: Array.from({ length: 101 }, () => 'a@example.com') }, /more than 100/],
    [{ all: 'yes' }, /all must be true or false/],
    [{ id: '' }, /id must be/],
    [{ id: 5 }, /id must be/],
  ];
  it.each(refused)('%j is told what is wrong with it', (request, reason) => {
    expect(readResend(request)).toMatch(reason);
  });
});
