/**
 * One `everpost dev` an EVERPOST_HOME: two would write the same databases. The lock names its owner and the servers
 * that it started, so that a start after a crash can end what was left running. Stale locks are taken over.
 */
import { randomUUID } from 'node:crypto';
import {
  access,
  constants,
  link,
  mkdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CliError } from '../environment.ts';
import { identify, type ProcessIdentity, stillRuns } from './process-identity.ts';

type LockContent = { owner: ProcessIdentity; servers: ProcessIdentity[] };

export type Lock = {
  /** What was found and done, when an earlier start had left its lock. */
  takenOver?: string;
  /** Writes down a server, so that it is ended even if we are killed. */
  addServer(pid: number): Promise<void>;
  release(): Promise<void>;
};

/** Another `everpost dev` runs on the same home; the message says which and what to do. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** How long a left-over server may take to write its state. */
const LEFTOVER_STOP_MS_MAX = 8_000;
/** The guard is held for two small reads; an older one belongs to a process that was killed. */
const GUARD_MS_MAX = 10_000;

async function readLock(file: string): Promise<LockContent | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as LockContent;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { owner: { pid: 0, started: 'unreadable' }, servers: [] };
    throw error;
  }
}

/** Puts the content there in one step, unless the file exists: nobody ever reads half a lock. */
async function create(file: string, content: LockContent): Promise<boolean> {
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, JSON.stringify(content), { mode: 0o600 });
  try {
    await link(aside, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Removes a lock whose owner is gone and returns what it said; undefined when somebody else was quicker. Only the
 * holder of the guard removes locks that are not its own, so nobody removes one that has just been made.
 */
async function removeStale(file: string): Promise<LockContent | undefined> {
  const guard = `${file}.guard`;
  try {
    await mkdir(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const ageMs = Date.now() - (await stat(guard).then((found) => found.mtimeMs, Date.now));
    if (ageMs > GUARD_MS_MAX) await rmdir(guard).catch(() => undefined);
    await pause(20);
    return undefined;
  }
  try {
    const found = await readLock(file);
    if (found === undefined || (await stillRuns(found.owner))) return undefined;
    await rm(file, { force: true });
    return found;
  } finally {
    await rmdir(guard);
  }
}

async function endLeftover(server: ProcessIdentity): Promise<boolean> {
  if (server.started === '' || !(await stillRuns(server))) return false;
  process.kill(server.pid, 'SIGTERM');
  const latest = Date.now() + LEFTOVER_STOP_MS_MAX;
  while (await stillRuns(server)) {
    if (Date.now() > latest) process.kill(server.pid, 'SIGKILL');
    await pause(50);
  }
  return true;
}

/** Ends what the owner has left running, and says what was found and done. */
async function takeOver({ owner, servers }: LockContent): Promise<string> {
  const ended = (await Promise.all(servers.map(endLeftover))).filter(Boolean).length;
  const done =
    ended === 0 ? '' : ` and ended ${ended === 1 ? 'a server' : `${ended} servers`} that it had left`;
  return `The start before (process ${owner.pid}) ended without cleaning up; took over its lock${done}.`;
}

/** The folder, which must be one that we may write to: all state of the system goes there. */
async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await access(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CliError(
      `EVERPOST_HOME ${home} is no folder that can be written to (${code ?? message}): ` +
        'give it another path or the rights, or remove what stands there.',
    );
  }
}

/**
 * Takes the lock of a home, made if it is not there. Throws LockedError when a living process has it. A lock whose
 * owner is gone is taken over after its servers have been ended.
 */
export async function takeLock(home: string): Promise<Lock> {
  await makeHome(home);
  const file = join(home, 'dev.lock');
  const owner = (await identify(process.pid)) ?? { pid: process.pid, started: '' };
  const content: LockContent = { owner, servers: [] };
  let stale: LockContent | undefined;
  while (!(await create(file, content))) {
    const found = await readLock(file);
    if (found !== undefined && (await stillRuns(found.owner))) {
      throw new LockedError(
        `Another everpost dev (process ${found.owner.pid}) is running on ${home}: stop it with Ctrl-C or ` +
          `\`kill ${found.owner.pid}\`, or give this one another EVERPOST_HOME and other ports.`,
      );
    }
    stale = (await removeStale(file)) ?? stale;
  }
  const takenOver = stale && (await takeOver(stale));
  return {
    ...(takenOver !== undefined && { takenOver }),
    async addServer(pid) {
      const server = await identify(pid);
      if (server === undefined) return;
      content.servers.push(server);
      const aside = `${file}.${randomUUID()}`;
      await writeFile(aside, JSON.stringify(content), { mode: 0o600 });
      await rename(aside, file);
    },
    release: () => rm(file, { force: true }),
  };
}
