/**
 * One connection of the scripted SMTP server: reads commands in their order, pipelined or not, reacts as the
 * script says, and takes messages byte for byte.
 */
import type { Socket } from 'node:net';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { DEFAULT_EXTENSIONS, type Reaction, type Received, type Script } from './smtp-script.ts';

/** What a connection needs of its server. */
export type Desk = {
  script: Script;
  react: (command: string, usual?: string) => Reaction;
  encrypt: (plain: Socket) => Socket;
  onCommand(line: string): void;
  onMail(mail: Omit<Received, 'connection'>, taken: boolean): void;
};

type Talk = {
  desk: Desk;
  socket: Socket;
  reader: ByteReader;
  encrypted: boolean;
  mail: string;
  rcpt: string[];
};

const LINE_END = Buffer.from('\r\n');
const END_OF_MESSAGE = Buffer.from('\r\n.\r\n');

/** Speaks until one side ends it. */
export async function converse(socket: Socket, desk: Desk): Promise<void> {
  const encrypted = desk.script.tls === 'start';
  const talk: Talk = { desk, socket, reader: byteReader(socket), encrypted, mail: '', rcpt: [] };
  if ((await perform(socket, desk.react('GREETING'))) === undefined) return;
  for (;;) {
    const bytes = await talk.reader.upTo(LINE_END);
    if (bytes === undefined || !(await answer(talk, bytes.toString('utf8').slice(0, -2)))) break;
  }
  talk.socket.end();
}

/** Answers one command and does what a successful one means. False ends the connection. */
async function answer(talk: Talk, line: string): Promise<boolean> {
  const { desk } = talk;
  const verb = line.slice(0, 4).toUpperCase();
  desk.onCommand(line);
  const reply = await perform(talk.socket, desk.react(line, usualReply(talk, line)));
  if (reply === undefined || verb === 'QUIT') return false;
  const positive = /^[23]/.test(reply);
  if (verb === 'RSET' || verb === 'EHLO') [talk.mail, talk.rcpt] = ['', []];
  if (verb === 'MAIL' && positive) talk.mail = line;
  if (verb === 'RCPT' && positive) talk.rcpt.push(line);
  if (verb === 'STAR' && positive) return startTls(talk);
  if (verb === 'DATA' && positive) return takeMessage(talk);
  return true;
}

/** What a server without a script says to the commands whose reply depends on what came before. */
function usualReply({ desk, encrypted, mail, rcpt }: Talk, line: string): string | undefined {
  const { script } = desk;
  const login = Buffer.from(`\0${script.login?.user}\0${script.login?.password}`).toString('base64');
  switch (line.slice(0, 4).toUpperCase()) {
    case 'EHLO': {
      const extensions = [...(script.extensions ?? DEFAULT_EXTENSIONS)];
      if (!encrypted && (script.tls === 'offered' || script.tls === 'broken')) extensions.push('STARTTLS');
      if (script.login) extensions.push('AUTH PLAIN');
      return ['250 scripted.example', ...extensions].join('\n');
    }
    case 'HELO':
      return '250 scripted.example';
    case 'AUTH':
      return line === `AUTH PLAIN ${login}` ? '235 2.7.0 welcome' : '535 5.7.8 wrong user name or password';
    case 'MAIL':
      return mail === '' ? undefined : '503 5.5.1 nested MAIL';
    case 'RCPT':
      return mail === '' ? '503 5.5.1 MAIL first' : undefined;
    case 'DATA':
      return rcpt.length === 0 ? '503 5.5.1 no valid recipients' : undefined;
    default:
      return undefined;
  }
}

async function takeMessage(talk: Talk): Promise<boolean> {
  const { desk, socket, reader } = talk;
  let due = desk.script.body;
  // The end of the DATA line counts as the line end before a first line that is the lone dot.
  reader.putBack(LINE_END);
  const bytes = await reader.upTo(END_OF_MESSAGE, async (come) => {
    if (due === undefined || come < due.afterBytes) return true;
    const { react } = due;
    due = undefined;
    return (await perform(socket, react)) !== undefined;
  });
  if (bytes === undefined) return false;
  const wire = bytes.subarray(LINE_END.length, bytes.length - '.\r\n'.length);
  const content = Buffer.from(wire.toString('latin1').replace(/(^|\r\n)\./g, '$1'), 'latin1');
  desk.onCommand('.');
  const reply = await perform(socket, desk.react('.'));
  const { mail, rcpt, encrypted } = talk;
  desk.onMail({ mail, rcpt, wire, content, encrypted }, rcpt.length > 0 && (reply?.startsWith('2') ?? false));
  [talk.mail, talk.rcpt] = ['', []];
  return reply !== undefined;
}

function startTls(talk: Talk): boolean {
  if (talk.desk.script.tls === 'broken') {
    talk.socket.write('this is no handshake\r\n');
    return false;
  }
  talk.socket.removeAllListeners('data');
  talk.socket = talk.desk.encrypt(talk.socket);
  talk.reader = byteReader(talk.socket);
  talk.encrypted = true;
  return true;
}

/** Carries out a reaction. The text that was said, or undefined where the connection is gone. */
async function perform(socket: Socket, reaction: Reaction): Promise<string | undefined> {
  if (typeof reaction !== 'string' && 'hold' in reaction) {
    await reaction.hold;
    return perform(socket, reaction.react);
  }
  const text = typeof reaction === 'string' ? reaction : reaction.say;
  if (text !== undefined && socket.writable) socket.write(onTheWire(text));
  if (typeof reaction === 'string') return socket.destroyed ? undefined : text;
  socket.destroySoon();
  return undefined;
}

/** `250 a\nb` becomes `250-a` and `250 b`. */
function onTheWire(text: string): string {
  const code = text.slice(0, 3);
  const lines = text.slice(4).split('\n');
  return lines.map((line, index) => `${code}${index < lines.length - 1 ? '-' : ' '}${line}\r\n`).join('');
}
