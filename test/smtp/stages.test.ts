/** Where a transaction can end, and what the client says then: each with and without PIPELINING. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { SmtpReply } from '../../src/mail/mail.ts';
import type { Reaction, Script } from '../fakes/smtp-script.ts';
import { forever, mail, relay, TEXT } from './relay.ts';

const drop: Reaction = { drop: true };
const login = { user: 'everpost', password: 'right' };
const withLogin = { user: 'everpost', password: 'right' };

type Case = {
  name: string;
  script: Script;
  client?: { user?: string; password?: string; secure?: boolean };
  reply: Partial<SmtpReply>;
  accepted?: number;
};

const one = (command: string, reaction: Reaction): Script => ({ on: { [command]: reaction } });

const cases: Case[] = [
  {
    name: 'a mail that is taken',
    script: {},
    reply: { code: 250, enhanced: '2.0.0', text: 'queued', stage: 'done' },
    accepted: 1,
  },
  {
    name: 'a drop before the greeting',
    script: one('GREETING', drop),
    reply: { code: 0, stage: 'greeting' },
  },
  {
    name: 'a refused greeting',
    script: one('GREETING', '554 5.7.1 go away'),
    reply: { code: 554, enhanced: '5.7.1', text: 'go away', stage: 'greeting' },
  },
  {
    name: 'a busy greeting',
    script: one('GREETING', '421 4.3.2 later'),
    reply: { code: 421, stage: 'greeting' },
  },
  { name: 'a drop after EHLO', script: one('EHLO', drop), reply: { code: 0, stage: 'ehlo' } },
  {
    name: 'EHLO and HELO refused',
    script: { on: { EHLO: '550 no', HELO: '550 5.7.1 no' } },
    reply: { code: 550, stage: 'ehlo' },
  },
  {
    name: 'a server that knows only HELO',
    script: one('EHLO', '502 5.5.1 what?'),
    reply: { code: 250, stage: 'done' },
    accepted: 1,
  },
  {
    name: 'STARTTLS refused, without a login',
    script: { tls: 'offered', on: { STARTTLS: '454 4.7.0 no TLS today' } },
    reply: { code: 250, stage: 'done' },
    accepted: 1,
  },
  {
    name: 'STARTTLS refused, with a login',
    script: { tls: 'offered', login, on: { STARTTLS: '454 4.7.0 no TLS today' } },
    client: withLogin,
    reply: { code: 454, enhanced: '4.7.0', stage: 'starttls' },
  },
  {
    name: 'a handshake that fails, without a login',
    script: { tls: 'broken' },
    reply: { code: 250, stage: 'done' },
    accepted: 1,
  },
  {
    name: 'a handshake that fails, with a login',
    script: { tls: 'broken', login },
    client: withLogin,
    reply: { code: 0, stage: 'starttls' },
  },
  {
    name: 'a wrong password',
    script: { login },
    client: { ...withLogin, password: 'wrong' },
    reply: { code: 535, enhanced: '5.7.8', stage: 'auth' },
  },
  {
    name: 'a drop after AUTH',
    script: { login, on: { AUTH: drop } },
    client: withLogin,
    reply: { code: 0, stage: 'auth' },
  },
  {
    name: 'a right password',
    script: { login },
    client: withLogin,
    reply: { code: 250, stage: 'done' },
    accepted: 1,
  },
  {
    name: 'a login that the server does not offer',
    script: {},
    client: withLogin,
    reply: { code: 250, stage: 'done' },
    accepted: 1,
  },
  {
    name: 'a refused sender',
    script: one('MAIL', '501 5.1.7 bad sender'),
    reply: { code: 501, enhanced: '5.1.7', stage: 'mail' },
  },
  {
    name: 'a sender that must come later',
    script: one('MAIL', '451 4.3.0 later'),
    reply: { code: 451, stage: 'mail' },
  },
  { name: 'a drop after MAIL', script: one('MAIL', drop), reply: { code: 0, stage: 'mail' } },
  {
    name: 'an unknown user',
    script: one('RCPT', '550 5.1.1 no such user'),
    reply: { code: 550, enhanced: '5.1.1', text: 'no such user', stage: 'rcpt' },
  },
  {
    name: 'a reply of several lines',
    script: one('RCPT', '450 4.2.0 grey-\n4.2.0 listed'),
    reply: { code: 450, enhanced: '4.2.0', text: 'grey- listed', stage: 'rcpt' },
  },
  {
    name: 'a refused user, and a drop',
    script: one('RCPT', { drop: true, say: '550 5.1.1 no such user' }),
    reply: { code: 550, stage: 'rcpt' },
  },
  {
    name: 'a full mailbox',
    script: one('RCPT', '452 4.2.2 mailbox full'),
    reply: { code: 452, stage: 'rcpt' },
  },
  { name: 'a drop after RCPT', script: one('RCPT', drop), reply: { code: 0, stage: 'rcpt' } },
  {
    name: 'a refused user, and DATA taken all the same',
    script: { on: { RCPT: '550 5.1.1 no such user', DATA: '354 go ahead' } },
    reply: { code: 550, stage: 'rcpt' },
  },
  { name: 'refused DATA', script: one('DATA', '451 4.3.1 disk full'), reply: { code: 451, stage: 'data' } },
  { name: 'a drop after DATA', script: one('DATA', drop), reply: { code: 0, stage: 'data' } },
  {
    name: 'goodbye instead of 354',
    script: one('DATA', { drop: true, say: '421 4.3.2 shutting down' }),
    reply: { code: 421, stage: 'data' },
  },
  {
    name: 'a refused message',
    script: one('.', '554 5.6.0 we do not like it'),
    reply: { code: 554, stage: 'dot' },
  },
  {
    name: 'a message that must come later',
    script: one('.', '451 4.7.1 scan failed'),
    reply: { code: 451, stage: 'dot' },
  },
  { name: 'a drop after the final dot', script: one('.', drop), reply: { code: 0, stage: 'dot' } },
  {
    name: 'goodbye after the final dot',
    script: one('.', { drop: true, say: '421 4.3.2 shutting down' }),
    reply: { code: 421, stage: 'dot' },
  },
];

for (const [pipelining, extensions] of [
  ['with PIPELINING', ['PIPELINING', '8BITMIME']],
  ['without PIPELINING', ['8BITMIME']],
] as const) {
  describe(pipelining, () => {
    it.each(cases)('$name', async ({ script, client: changes, reply, accepted = 0 }) => {
      const { server, client } = await relay({ extensions: [...extensions], ...script }, changes);
      expect(await client.send(mail())).toMatchObject(reply);
      expect(server.accepted.map(({ content }) => content.toString())).toEqual(Array(accepted).fill(TEXT));
    });
  });
}

const endless = async function* (): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(64 * 1024, 'x');
};

describe('the stage of an attempt', () => {
  it('is connect where nobody listens', async () => {
    const { server, client } = await relay();
    await server.stop();
    const reply = await client.send(mail());
    expect(reply).toMatchObject({ code: 0, stage: 'connect', text: expect.stringContaining('ECONNREFUSED') });
  });

  it('is body where the relay goes away in the middle of the message', async () => {
    const { server, client } = await relay({ body: { afterBytes: 1000, react: drop } });
    expect(await client.send(mail({ message: Readable.from(endless()) }))).toMatchObject({
      code: 0,
      stage: 'body',
    });
    expect(server.received).toEqual([]);
  });

  it('is body, with the reply, where the relay refuses in the middle of the message', async () => {
    const { client } = await relay({ body: { afterBytes: 1000, react: '552 5.3.4 too much' } });
    const reply = await client.send(mail({ message: Readable.from(endless()) }));
    expect(reply).toMatchObject({ code: 552, enhanced: '5.3.4', stage: 'body' });
  });

  it('is dot, without a reply, where the relay accepts a message whose end it has not seen', async () => {
    const { server, client } = await relay({ body: { afterBytes: 1000, react: '250 2.0.0 how nice' } });
    const reply = await client.send(mail({ message: Readable.from(endless()) }));
    expect(reply).toMatchObject({ code: 0, stage: 'dot' });
    expect(server.received).toEqual([]);
  });

  it('is body where the message itself breaks, and the relay gets no final dot', async () => {
    const { server, client } = await relay();
    const broken = async function* () {
      yield Buffer.from(TEXT);
      throw new Error('the store has lost the rest');
    };
    const reply = await client.send(mail({ message: Readable.from(broken()) }));
    expect(reply).toEqual({ code: 0, stage: 'body', text: 'the store has lost the rest' });
    await client.send(mail());
    expect(server.received).toHaveLength(1);
    expect(server.connections()).toBe(2);
  });

  it('is not lost by a message that breaks before anybody reads it', async () => {
    const message = new Readable({ read() {} });
    const { client } = await relay({ on: { MAIL: '250 ok' } });
    const sent = client.send(mail({ message }));
    message.destroy(new Error('gone'));
    expect(await sent).toEqual({ code: 0, stage: 'body', text: 'gone' });
  });
});

describe('a silent relay', () => {
  const silent: Reaction = { hold: forever, react: '250 never' };
  it.each([
    ['greeting', 'GREETING'],
    ['ehlo', 'EHLO'],
    ['mail', 'MAIL'],
    ['rcpt', 'RCPT'],
    ['data', 'DATA'],
    ['dot', '.'],
  ] as const)('is left at %s when the time of that stage is over', async (stage, command) => {
    const { client } = await relay(one(command, silent), { waitsMs: { [stage]: 40 } });
    expect(await client.send(mail())).toEqual({ code: 0, stage, text: 'no progress for 0.04 s' });
  });

  it('is left at body when a block stays unread, or is not written', async () => {
    const { client } = await relay({}, { waitsMs: { body: 40 } });
    const message = new Readable({ read() {} });
    message.push(TEXT);
    expect(await client.send(mail({ message }))).toMatchObject({ code: 0, stage: 'body' });
  });
});
