/**
 * A lock for whoever installs. It lies outside node_modules, since `npm ci` empties that folder, and its owner keeps
 * it fresh, so that a lock of a killed start is noticed within seconds. Node 20, built-ins only.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const REFRESH_MS = 2_000;
/** A machine that is busy installing may be late, but not by this much. */
const STALE_MS = 30_000;
const POLL_MS = 300;

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What the lock file says now, or undefined where there is none. */
function look(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    const ageMs = Date.now() - statSync(file).mtimeMs;
    return { pid, stale: ageMs > STALE_MS || !isAlive(pid) };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Moves a stale lock out of the way; where a quicker start has put its own there meanwhile, that one is put back. */
function clear(file, stalePid) {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
    if (Number(readFileSync(aside, 'utf8')) !== stalePid) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
}

function tryTake(file) {
  // Written aside and linked, so that nobody ever reads an empty lock.
  const aside = `${file}.new-${process.pid}`;
  writeFileSync(aside, String(process.pid));
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Waits for the lock. Returns undefined when `done` became true meanwhile: somebody else did the work. */
export async function takeInstallLock(root, done) {
  const folder = join(root, '.everpost');
  const file = join(folder, 'install.lock');
  mkdirSync(folder, { recursive: true });
  for (let told = false; !tryTake(file); ) {
    const holder = look(file);
    if (holder?.stale) {
      clear(file, holder.pid);
      continue;
    }
    if (holder && !told) {
      process.stderr.write(`Process ${holder.pid} is installing packages in this folder; waiting for it.\n`);
      told = true;
    }
    await pause(POLL_MS);
    if (look(file) === undefined && done()) return undefined;
  }
  const refresh = setInterval(() => {
    if (existsSync(file)) utimesSync(file, new Date(), new Date());
  }, REFRESH_MS);
  return {
    release() {
      clearInterval(refresh);
      rmSync(file, { force: true });
    },
  };
}
