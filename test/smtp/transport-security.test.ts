/** When a connection is encrypted, and whose certificates count (rule 37). */
import { describe, expect, it } from 'vitest';
import { mayStayPlain, tlsOptions } from '../../src/smtp/transport-security.ts';
import { mail, relay } from './relay.ts';

describe('the certificate of a relay', () => {
  it.each([
    ['an opportunistic one is not verified', { host: 'relay.example', secure: false }, false, true],
    ['SMTP_SECURE verifies', { host: 'relay.example', secure: true }, true, false],
    ['a login verifies', { host: 'relay.example', secure: false, user: 'u' }, true, false],
    ['localhost needs no verifying', { host: 'localhost', secure: true }, false, false],
    ['127.0.0.2 needs no verifying', { host: '127.0.0.2', secure: true, user: 'u' }, false, false],
    ['::1 needs no verifying', { host: '::1', secure: true }, false, false],
    ['a name that only begins so does', { host: '127.0.0.1.relay.example', secure: true }, true, false],
  ])('%s', (_, changes, rejectUnauthorized, plain) => {
    expect(tlsOptions({ port: 25, ...changes })).toEqual({ rejectUnauthorized });
    expect(mayStayPlain({ port: 25, ...changes })).toBe(plain);
  });
});

describe('a relay', () => {
  it('with STARTTLS gets the mail encrypted, by a second EHLO', async () => {
    const { server, client } = await relay({ tls: 'offered' });
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.accepted[0]).toMatchObject({ encrypted: true });
    expect(server.commands.map(({ line }) => line.split(' ')[0])).toEqual([
      'EHLO',
      'STARTTLS',
      'EHLO',
      'MAIL',
      'RCPT',
      'DATA',
      '.',
    ]);
  });

  it('with SMTP_SECURE is spoken to in TLS from the first byte', async () => {
    const { server, client } = await relay({ tls: 'start' }, { secure: true });
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.accepted[0]).toMatchObject({ encrypted: true });
  });

  it('that speaks no TLS although SMTP_SECURE is set gets nothing', async () => {
    const { server, client } = await relay({}, { secure: true });
    expect(await client.send(mail())).toMatchObject({ code: 0, stage: 'connect' });
    expect(server.received).toEqual([]);
  });

  it('gets the password only after STARTTLS', async () => {
    const { server, client } = await relay(
      { tls: 'offered', login: { user: 'u', password: 'p' } },
      { user: 'u', password: 'p' },
    );
    expect(await client.send(mail())).toMatchObject({ code: 250 });
    expect(server.commands.map(({ line }) => line.split(' ')[0]).slice(0, 4)).toEqual([
      'EHLO',
      'STARTTLS',
      'EHLO',
      'AUTH',
    ]);
  });
});
