/**
 * Starts the embedded servers and says when they answer. Loopback only. Each runs in a process group of its own,
 * so that Ctrl-C reaches Everpost first and the servers are stopped in order. Node 20 built-ins only.
 */
import { execFile, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ToolError } from './tools.mjs';

/** Loaded machines are slow; a server that is not up by then will not come. */
const READY_MS_MAX = 60_000;
const STOP_MS_MAX = 8_000;
const LOG_TAIL_LINES = 5;
const run = promisify(execFile);

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer();
  await new Promise((listening, failed) => server.on('error', failed).listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** True when nothing listens on that loopback port. */
export async function isPortFree(port) {
  const server = createServer();
  const free = await new Promise((answer) => {
    server.on('error', () => answer(false)).listen(port, '127.0.0.1', () => answer(true));
  });
  if (free) await new Promise((closed) => server.close(closed));
  return free;
}

/**
 * Temporal dev server. Without `uiPort` there is no Web UI, without `dbFile` nothing is kept. Search attributes
 * (`{MailStatus: 'Keyword'}`) are only heeded when the database is new: register them again afterwards. The
 * settings undo defaults that are slow on disk, fire timers up to a second late and livelock above ten updates.
 */
export async function startTemporal({
  binary,
  logFile,
  port,
  uiPort,
  dbFile,
  searchAttributes = {},
  dynamicConfig = {},
}) {
  const ownPort = await portFor('Temporal', port);
  const settings = {
    'history.timerProcessorMaxTimeShift': '"10ms"',
    'history.workflowIdReuseMinimalInterval': '"0s"',
    'history.maxInFlightUpdates': '1000',
    ...dynamicConfig,
  };
  const flags = [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(ownPort),
    '--log-level',
    'error',
  ];
  flags.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (dbFile !== undefined) {
    flags.push('--db-filename', dbFile);
    flags.push('--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=1');
  }
  for (const [name, value] of Object.entries(settings))
    flags.push('--dynamic-config-value', `${name}=${value}`);
  for (const [name, type] of Object.entries(searchAttributes))
    flags.push('--search-attribute', `${name}=${type}`);
  const address = `127.0.0.1:${ownPort}`;
  const describe = ['operator', 'namespace', 'describe', '--namespace', 'default', '--address', address];
  const server = await startServer({ name: 'Temporal', command: binary, flags, environment: {}, logFile });
  return ready(server, address, () => run(binary, describe, { timeout: 5_000 }));
}

/** AWS emulator. Without `stateDir` nothing is kept. `address` is what `AWS_ENDPOINT_URL` takes. */
export async function startMiniStack({ python, folder, logFile, port, stateDir }) {
  const ownPort = await portFor('MiniStack', port);
  const kept = stateDir === undefined ? {} : keptState(stateDir);
  const environment = {
    PYTHONPATH: folder,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(ownPort),
    LOG_LEVEL: 'WARNING',
    // On by default, these two listen on all interfaces.
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    ...kept,
  };
  const address = `http://127.0.0.1:${ownPort}`;
  const flags = ['-m', 'ministack'];
  const server = await startServer({ name: 'MiniStack', command: python, flags, environment, logFile });
  return ready(server, address, async () => {
    const answer = await fetch(`${address}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
    if (!answer.ok) throw new ToolError(`health answered ${answer.status}`);
  });
}

/** The port asked for, if nothing else listens there: another server's answer must not pass for ours. */
async function portFor(name, port) {
  if (port === undefined) return freePort();
  if (await isPortFree(port)) return port;
  throw new ToolError(`Port ${port} of 127.0.0.1, wanted for ${name}, is taken: stop what listens there.`);
}

const keptState = (folder) => ({
  PERSIST_STATE: '1',
  STATE_DIR: folder,
  S3_PERSIST: '1',
  S3_DATA_DIR: `${folder}/s3`,
});

async function startServer({ name, command, flags, environment, logFile }) {
  const log = await open(logFile, 'a');
  const child = spawn(command, flags, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, ...environment },
  });
  const exited = new Promise((ended) => {
    child.on('error', (error) => ended(error.message));
    child.on('exit', (code, signal) => ended(signal ?? `code ${code}`));
  });
  await log.close();
  return { name, child, exited, logFile };
}

/** Waits until `answers` stops throwing; a server that ends or stays silent is stopped and reported. */
async function ready({ name, child, exited, logFile }, address, answers) {
  let ended;
  void exited.then((how) => {
    ended = how;
  });
  const stop = () => stopServer(child, exited);
  const latest = Date.now() + READY_MS_MAX;
  for (;;) {
    const trouble = await answers().then(
      () => undefined,
      (error) => error,
    );
    if (ended === undefined && trouble === undefined) return { pid: child.pid, address, exited, stop };
    if (ended !== undefined || Date.now() > latest) {
      await stop();
      const how =
        ended === undefined ? `did not answer within ${READY_MS_MAX / 1000} s` : `ended with ${ended}`;
      throw new ToolError(
        `${name} ${how} on ${address}. Its log ${logFile} ends with: ${await tail(logFile)}`,
      );
    }
    await pause(100);
  }
}

/** SIGTERM, so that state is written; SIGKILL only when that is not heeded. */
async function stopServer(child, exited) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = new AbortController();
  const kill = pause(STOP_MS_MAX, undefined, { signal: late.signal }).then(
    () => child.kill('SIGKILL'),
    () => false,
  );
  await exited;
  late.abort();
  await kill;
}

async function tail(logFile) {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
  return lines.slice(-LOG_TAIL_LINES).join('\n');
}
