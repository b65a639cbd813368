/** The mail catcher, over real sockets: what it takes, what it keeps, what it shows. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Catcher, type CatcherOptions, startCatcher } from '../../../src/cli/dev/catcher.ts';
import { type CaughtMail, openCatcherStore } from '../../../src/cli/dev/catcher-store.ts';
import { type OutgoingMail, openSmtpClient, type SmtpClient } from '../../../src/smtp/smtp-client.ts';

let folder: string;
let catcher: Catcher;
let clients: SmtpClient[];

const start = async (changes: Partial<CatcherOptions> = {}): Promise<void> => {
  catcher = await startCatcher({
    host: '127.0.0.1',
    smtpPort: 0,
    internalPort: 0,
    httpPort: 0,
    folder,
    ...changes,
  });
  const to = (port: number): SmtpClient =>
    openSmtpClient({ host: '127.0.0.1', port, secure: false, connectionsMax: 8 });
  clients = [to(catcher.smtpPort), to(catcher.internalPort)];
};

const stop = async (): Promise<void> => {
  for (const client of clients) client.close();
  await catcher.stop();
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'catcher-'));
  await start({ refuse: (address) => address.startsWith('nobody@') });
});

afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

function mail(text: string | Buffer, changes: Partial<OutgoingMail> = {}): OutgoingMail {
  const message = Readable.from([typeof text === 'string' ? Buffer.from(text) : text]);
  return { from: 'alice@example.com', to: 'bob@example.org', eightBit: true, message, ...changes };
}
const external = (text: string | Buffer, changes: Partial<OutgoingMail> = {}) =>
  clients[0]!.send(mail(text, changes));
const internal = (text: string | Buffer, changes: Partial<OutgoingMail> = {}) =>
  clients[1]!.send(mail(text, changes));
const http = (path: string, options: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${catcher.httpPort}${path}`, options);
const messages = async (query = ''): Promise<CaughtMail[]> =>
  (await http(`/messages${query}`)).json() as Promise<CaughtMail[]>;
const bytesOf = async ({ id }: CaughtMail): Promise<Buffer> =>
  Buffer.from(await (await http(`/messages/${id}`)).arrayBuffer());

describe('the mail catcher takes', () => {
  it('a mail on each port, newest first, with its envelope', async () => {
    expect(await external('Subject: one\r\n\r\n1\r\n')).toMatchObject({ code: 250, stage: 'done' });
    expect(await internal('Subject: two\r\n\r\n2\r\n', { to: 'carol@example.com' })).toMatchObject({
      code: 250,
    });
    expect(await messages()).toMatchObject([
      {
        port: 'internal',
        mailFrom: 'alice@example.com',
        rcptTo: ['carol@example.com'],
        subject: 'two',
        size: 19,
      },
      {
        port: 'external',
        mailFrom: 'alice@example.com',
        rcptTo: ['bob@example.org'],
        subject: 'one',
        size: 19,
      },
    ]);
  });

  it('the null sender', async () => {
    expect(await internal('a: b\r\n\r\n', { from: '' })).toMatchObject({ code: 250 });
    expect(await messages()).toMatchObject([{ mailFrom: '' }]);
  });

  it('UTF-8 addresses', async () => {
    expect(await external('a: b\r\n\r\n', { to: 'jürgen@example.org' })).toMatchObject({ code: 250 });
    expect(await messages()).toMatchObject([{ rcptTo: ['jürgen@example.org'] }]);
  });

  it.each([
    ['encoded words', 'Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n\r\n', 'Grüße'],
    ['a folded subject', 'Subject: one\r\n two\r\n\r\n', 'one two'],
    ['no subject', 'a: b\r\n\r\nSubject: not this\r\n', ''],
    ['no header', 'just text\r\n', ''],
  ])('%s, and shows the subject', async (_, text, subject) => {
    await external(text);
    expect(await messages()).toMatchObject([{ subject }]);
  });

  it.each([
    ['8-bit text', Buffer.from('a: b\r\n\r\n\xe4\xf6\xfc\r\n', 'latin1')],
    ['NUL', Buffer.from('a: b\r\n\r\nx\0y\r\n')],
    ['dots', Buffer.from('.\r\n..\r\n...\r\n.x\r\n\r\n..\r\n.\r\n')],
    ['a long line', Buffer.from(`a: b\r\n\r\n${'x'.repeat(70_000)}\r\n`)],
    ['many dots', Buffer.from('.\r\n'.repeat(20_000))],
  ])('%s, byte for byte', async (_, bytes) => {
    expect(await external(bytes)).toMatchObject({ code: 250 });
    const [caught] = await messages();
    expect(await bytesOf(caught!)).toEqual(bytes);
    expect(caught!.size).toBe(bytes.length);
  });

  it('fifty mails at once', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const replies = await Promise.all(numbers.map((index) => external(`Subject: ${index}\r\n\r\n`)));
    expect(replies.map(({ code }) => code)).toEqual(numbers.map(() => 250));
    expect((await messages()).map(({ subject }) => Number(subject)).sort((a, b) => a - b)).toEqual(numbers);
  });
});

describe('the mail catcher refuses', () => {
  it('unknown users on the internal port, and nobody on the other', async () => {
    const to = 'nobody@example.com';
    expect(await internal('a: b\r\n\r\n', { to })).toMatchObject({
      code: 550,
      enhanced: '5.1.1',
      stage: 'rcpt',
    });
    expect(await external('a: b\r\n\r\n', { to })).toMatchObject({ code: 250 });
    expect(await messages()).toHaveLength(1);
  });

  it('a message above its limit, and keeps nothing of it', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x\r\n');
    const blocks = Readable.from(Array.from({ length: 101 }, () => block));
    expect(await external('', { message: blocks })).toMatchObject({ code: 552, stage: 'dot' });
    expect(await external('', { sizeBytes: 110_000_000 })).toMatchObject({
      code: 552,
      enhanced: '5.3.4',
      stage: 'mail',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('a message whose sender goes away in the middle', async () => {
    const socket = connect(catcher.smtpPort, '127.0.0.1');
    await once(socket, 'data');
    socket.write('EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n');
    for await (const bytes of socket) if (String(bytes).includes('354')) break;
    await external('Subject: complete\r\n\r\n');
    expect(await messages()).toMatchObject([{ subject: 'complete' }]);
  });

  it('to start on a port that is taken, and leaves the others free', async () => {
    const options = { host: '127.0.0.1', smtpPort: 0, internalPort: 0, httpPort: catcher.httpPort, folder };
    await expect(startCatcher(options)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the mail catcher keeps', () => {
  it('its mails across a restart', async () => {
    await external('Subject: before\r\n\r\n');
    const before = await messages();
    await stop();
    await start();
    expect(await messages()).toEqual(before);
    await external('Subject: after\r\n\r\n');
    expect((await messages()).map(({ subject }) => subject)).toEqual(['after', 'before']);
    expect(String(await bytesOf(before[0]!))).toBe('Subject: before\r\n\r\n');
  });

  it('no more than so many, and nothing half done', async () => {
    await writeFile(join(folder, '1-000001.part'), 'half');
    await writeFile(join(folder, '2-000001.eml'), 'a message whose envelope was never written');
    await writeFile(join(folder, 'notes.txt'), 'not ours');
    const store = await openCatcherStore(folder, 3);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const message = Readable.from([Buffer.from(`Subject: ${name}\r\n\r\n`)]);
      await store.add({ port: 'external', mailFrom: '', rcptTo: [] }, message, () => true);
    }
    expect(store.list().map(({ subject }) => subject)).toEqual(['e', 'd', 'c']);
    expect(await readdir(folder)).toHaveLength(2 * 3 + 1);
    expect((await openCatcherStore(folder, 3)).list()).toEqual(store.list());
  });

  it('nothing any more once it is told to forget', async () => {
    await external('a: b\r\n\r\n');
    expect((await http('/messages', { method: 'DELETE' })).status).toBe(204);
    expect(await messages()).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the mail catcher shows', () => {
  it('the mails of one recipient or port', async () => {
    await external('a: b\r\n\r\n', { to: 'Bob@example.org' });
    await internal('a: b\r\n\r\n', { to: 'carol@example.com' });
    expect(await messages('?to=bob@example.org')).toMatchObject([{ rcptTo: ['Bob@example.org'] }]);
    expect(await messages('?port=internal')).toMatchObject([{ rcptTo: ['carol@example.com'] }]);
    expect(await messages('?to=bob@example.org&port=internal')).toEqual([]);
  });

  it('no markup of a stranger, on any page', async () => {
    const script = '<script>alert(1)</script>';
    await external(
      `Subject: ${script}\r\nFrom: ${script}\r\nContent-Type: text/html\r\n\r\n<b>Hello</b> &lt;img src=x onerror=1&gt; ${script}\r\n`,
    );
    const [caught] = await messages();
    for (const path of ['/', `/messages/${caught!.id}/view`]) {
      const response = await http(path);
      const page = await response.text();
      expect(page).toContain('&lt;script&gt;');
      expect(page).not.toMatch(/<script|<img|<b>/);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('a mail as text, with the names of its attachments', async () => {
    const parts = [
      'Subject: hello\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nGood morning\r\n',
      '--x\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\n123\r\n--x--\r\n',
    ];
    await external(parts.join(''));
    const [caught] = await messages();
    const page = await (await http(`/messages/${caught!.id}/view`)).text();
    expect(page).toContain('Good morning');
    expect(page).toContain('a.png, image/png, 3 bytes');
  });

  it.each(['/messages/nothing', '/messages/..%2f..%2fetc%2fpasswd', '/messages/nothing/view'])(
    '404 for %s',
    async (path) => expect((await http(path)).status).toBe(404),
  );
});
