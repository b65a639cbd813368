/**
 * Tells whether a process that was written down earlier is still the same one: process ids are reused, the instant
 * of a process's start is not. Reads only; says «unknown» rather than guess.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** `started` is opaque: only equality means something. Empty where the system does not tell. */
export type ProcessIdentity = { pid: number; started: string };

const run = promisify(execFile);
/** Position of the start time in /proc/PID/stat, counted after the command's closing parenthesis (proc(5)). */
const STAT_START_FIELD = 19;

/** When that process started, or undefined when there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  if (pid <= 0) return undefined; // a signal to those numbers means process groups
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : (fields[STAT_START_FIELD] ?? '');
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined;
  }
  // No /proc on this system: ps tells, to the second.
  return run('ps', ['-o', 'lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  );
}

/** Identity of a running process; undefined when it has ended. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const started = await startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

/** Whether that very process still runs. */
export async function stillRuns(identity: ProcessIdentity): Promise<boolean> {
  const started = await startOf(identity.pid);
  return started !== undefined && (started === identity.started || started === '' || identity.started === '');
}
