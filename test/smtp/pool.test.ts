/** How connections are shared, reused, given up and ended. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { forever, mail, relay } from './relay.ts';

describe('a connection', () => {
  it('carries one mail after another', async () => {
    const { server, client } = await relay();
    for (let index = 0; index < 3; index++)
      expect(await client.send(mail())).toMatchObject({ stage: 'done' });
    expect(server.connections()).toBe(1);
    expect(server.accepted).toHaveLength(3);
  });

  it.each(['MAIL', 'RCPT', 'DATA', '.'])('is reset and used again after a refusal at %s', async (command) => {
    const { server, client } = await relay({
      on: { [command]: ['550 5.7.1 no', command === 'DATA' ? '354 go' : '250 ok'] },
    });
    expect(await client.send(mail())).toMatchObject({ code: 550 });
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.connections()).toBe(1);
    expect(server.commands.filter(({ line }) => line === 'RSET')).toHaveLength(1);
  });

  it('logs in once, however many mails it carries', async () => {
    const { server, client } = await relay(
      { login: { user: 'u', password: 'p' } },
      { user: 'u', password: 'p' },
    );
    await client.send(mail());
    await client.send(mail());
    expect(server.commands.filter(({ line }) => line.startsWith('AUTH'))).toHaveLength(1);
  });

  it('is ended with QUIT when nobody has used it for a while', async () => {
    const { server, client } = await relay({}, { idleMs: 10 });
    await client.send(mail());
    await server.saw('QUIT');
    await client.send(mail());
    expect(server.connections()).toBe(2);
  });

  it('is ended with QUIT when the client closes, which then sends nothing more', async () => {
    const { server, client } = await relay();
    await client.send(mail());
    client.close();
    await server.saw('QUIT');
    expect(await client.send(mail())).toEqual({
      code: 0,
      stage: 'mail',
      text: 'no connection was free: the client is closed',
    });
  });
});

describe('a stale connection', () => {
  it('that the relay closed while it was idle is replaced', async () => {
    const { server, client } = await relay();
    await client.send(mail());
    await server.dropAll();
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.accepted).toHaveLength(2);
    expect(server.connections()).toBe(2);
  });

  it.each(['MAIL', 'RCPT', 'DATA'])(
    'that breaks at %s is replaced, and the mail goes once',
    async (command) => {
      const usual = command === 'DATA' ? '354 go' : '250 ok';
      const { server, client } = await relay({ on: { [command]: [usual, { drop: true }, usual] } });
      await client.send(mail());
      expect(await client.send(mail({}, 'second\r\n'))).toMatchObject({ code: 250, stage: 'done' });
      expect(server.received.map(({ content }) => content.toString())).toEqual([
        expect.any(String),
        'second\r\n',
      ]);
      expect(server.connections()).toBe(2);
    },
  );

  it('that says goodbye in place of a reply is replaced', async () => {
    const { server, client } = await relay({
      on: { MAIL: ['250 ok', { drop: true, say: '421 4.4.2 idle' }, '250 ok'] },
    });
    await client.send(mail());
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.connections()).toBe(2);
  });

  it('that cannot be reset is replaced', async () => {
    const { server, client } = await relay({ on: { RCPT: ['550 5.1.1 no', '250 ok'], RSET: '500 what?' } });
    await client.send(mail());
    expect(await client.send(mail())).toMatchObject({ code: 250, stage: 'done' });
    expect(server.connections()).toBe(2);
  });

  it('is not replaced a second time', async () => {
    const { server, client } = await relay({ on: { MAIL: ['250 ok', { drop: true }] } });
    await client.send(mail());
    expect(await client.send(mail())).toMatchObject({ code: 0, stage: 'mail' });
    expect(server.connections()).toBe(2);
  });

  it('is not replaced when the message may have arrived', async () => {
    const { server, client } = await relay({ on: { '.': ['250 ok', { drop: true }] } });
    await client.send(mail());
    expect(await client.send(mail())).toMatchObject({ code: 0, stage: 'dot' });
    expect(server.connections()).toBe(1);
    expect(server.received).toHaveLength(2);
  });
});

describe('many mails at once', () => {
  it('share no more connections than allowed, and each is answered for itself', async () => {
    const { server, client } = await relay(
      { on: { 'RCPT TO:<full7@example.org>': '452 4.2.2 full' } },
      { connectionsMax: 8 },
    );
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        client.send(
          mail({ to: `${index === 7 ? 'full' : 'user'}${index}@example.org` }, `number ${index}\r\n`),
        ),
      ),
    );
    expect(replies.map(({ code }) => code)).toEqual(replies.map((_, index) => (index === 7 ? 452 : 250)));
    expect(server.connections()).toBeLessThanOrEqual(8);
    for (const { rcpt, content } of server.accepted) {
      expect(content.toString()).toBe(`number ${/user(\d+)@/.exec(rcpt[0]!)?.[1]}\r\n`);
    }
    expect(server.accepted).toHaveLength(49);
  });

  it('give up in time when no connection becomes free', async () => {
    const { server, client } = await relay(
      { on: { '.': { hold: forever, react: '250 never' } } },
      { connectionsMax: 1 },
    );
    void client.send(mail());
    await server.saw('.');
    expect(await client.send(mail({ reachDataWithinMs: 20 }))).toEqual({
      code: 0,
      stage: 'mail',
      text: 'no connection was free: the relay did not ask for the message within 20 ms',
    });
    expect(server.connections()).toBe(1);
  });
});

describe('giving up', () => {
  it.each([
    ['greeting', 'GREETING'],
    ['mail', 'MAIL'],
    ['data', 'DATA'],
  ] as const)('at %s closes the connection when DATA was not reached in time', async (stage, command) => {
    const { server, client } = await relay({ on: { [command]: { hold: forever, react: '250 never' } } });
    expect(await client.send(mail({ reachDataWithinMs: 50 }))).toEqual({
      code: 0,
      stage,
      text: 'the relay did not ask for the message within 50 ms',
    });
    expect(server.received).toEqual([]);
  });

  it('by signal works before the message flows', async () => {
    const { server, client } = await relay({ on: { MAIL: { hold: forever, react: '250 never' } } });
    const cancel = new AbortController();
    const sent = client.send(mail({ signal: cancel.signal }));
    await server.saw('MAIL');
    cancel.abort();
    expect(await sent).toMatchObject({ code: 0, stage: 'mail', text: expect.stringContaining('cancelled') });
  });

  it('by a signal that was there before opens no connection', async () => {
    const { server, client } = await relay();
    expect(await client.send(mail({ signal: AbortSignal.abort() }))).toMatchObject({ code: 0 });
    expect(server.connections()).toBe(0);
  });

  it.each(['signal', 'deadline'])('by %s has no effect once the message flows', async (way) => {
    const cancel = new AbortController();
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const { server, client } = await relay({ on: { '.': { hold: told, react: '250 2.0.0 after all' } } });
    const deadline = AbortSignal.timeout(200);
    const sent = client.send(
      mail({ reachDataWithinMs: way === 'deadline' ? 150 : 5_000, signal: cancel.signal }),
    );
    await server.saw('.');
    if (way === 'signal') cancel.abort();
    else await new Promise((resolve) => deadline.addEventListener('abort', resolve));
    tell();
    expect(await sent).toMatchObject({ code: 250, text: 'after all', stage: 'done' });
  });

  it('destroys the message in any case, so that nothing stays open', async () => {
    const { client } = await relay({ on: { RCPT: '550 5.1.1 no such user' } });
    const message = Readable.from([Buffer.from('never read')]);
    await client.send(mail({ message }));
    expect(message.destroyed).toBe(true);
  });
});

describe('the check for /health', () => {
  it.each([
    ['a relay that greets', {}, { code: 250, stage: 'ehlo' }],
    ['a relay that refuses', { on: { GREETING: '554 5.7.1 no' } }, { code: 554, stage: 'greeting' }],
    [
      'a relay that is silent',
      { on: { GREETING: { hold: forever, react: '' } } },
      { code: 0, stage: 'greeting' },
    ],
  ])('%s', async (_, script, reply) => {
    const { server, client } = await relay(script);
    expect(await client.check(100)).toMatchObject(reply);
    expect(server.commands.filter(({ line }) => line.startsWith('MAIL'))).toEqual([]);
  });

  it('tells a wrong password', async () => {
    const { client } = await relay({ login: { user: 'u', password: 'p' } }, { user: 'u', password: 'x' });
    expect(await client.check()).toMatchObject({ code: 535, stage: 'auth' });
  });
});
