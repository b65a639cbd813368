/**
 * A real SMTP server on a free port of 127.0.0.1 that does what a script says, and fails on cue. It records every
 * command and every mail byte for byte, takes only `CRLF . CRLF` as the end of a message, and never sleeps.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { converse } from './smtp-conversation.ts';
import type { Received, Script } from './smtp-script.ts';
import { reactions } from './smtp-script.ts';

export type ScriptedSmtp = {
  port: number;
  /** Mails whose end was seen, whatever the reply to it. */
  received: Received[];
  /** Those that were answered with 2xx. */
  accepted: Received[];
  /** Every command line, in order, passwords included; a message counts as `.` when it ends. */
  commands: { connection: number; line: string }[];
  /** Connections opened so far. */
  connections(): number;
  /** Resolves when the n-th command that begins so has been read (n = 1: the first, also one of the past). */
  saw(command: string, times?: number): Promise<void>;
  /** Closes all open connections, as a relay does with idle ones, and resolves when they are gone. */
  dropAll(): Promise<void>;
  stop(): Promise<void>;
};

const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** What a running server has seen; `saw` is told of every command at once. */
function openRecord(): Pick<ScriptedSmtp, 'received' | 'accepted' | 'commands' | 'saw'> & {
  note(connection: number, line: string): void;
} {
  const watchers = new Set<() => void>();
  const commands: ScriptedSmtp['commands'] = [];
  return {
    received: [],
    accepted: [],
    commands,
    note(connection, line) {
      commands.push({ connection, line });
      for (const watcher of watchers) watcher();
    },
    saw: (command, times = 1) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (commands.filter(({ line }) => line.startsWith(command)).length < times) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
      }),
  };
}

function encrypter(): (plain: Socket) => TLSSocket {
  const secureContext = createSecureContext({
    key: fixture('relay.example.key.pem'),
    cert: fixture('relay.example.cert.pem'),
  });
  return (plain) => {
    const secured = new TLSSocket(plain, { isServer: true, secureContext });
    secured.on('error', () => {});
    return secured;
  };
}

async function drop(socket: Socket): Promise<void> {
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

/** Starts the server; an empty script accepts everything. */
export async function scriptedSmtp(script: Script = {}): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>();
  const { note, ...record } = openRecord();
  const react = reactions(script);
  const encrypt = encrypter();
  let connections = 0;

  const server = createServer((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    // Replies to pipelined commands would else wait for delayed acknowledgements, 40 ms each.
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    void converse(script.tls === 'start' ? encrypt(socket) : socket, {
      script,
      react,
      encrypt,
      onCommand: (line) => note(connection, line),
      onMail(mail, taken) {
        record.received.push({ ...mail, connection });
        if (taken) record.accepted.push({ ...mail, connection });
      },
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const dropAll = async (): Promise<void> => {
    await Promise.all([...sockets].map(drop));
  };
  return {
    ...record,
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    dropAll,
    async stop() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      await dropAll();
      await closed;
    },
  };
}
