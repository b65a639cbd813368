/** What the machine is, and who used its processors meanwhile. */
import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';

/** Linux counts the time of processes in hundredths of a second. */
const TICK_MS = 10;

export type Machine = { cores: number; memoryGiB: number; processor: string; node: string };

/** What figures depend on. */
export function readMachine(): Machine {
  const [first] = cpus();
  return {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    processor: first?.model ?? 'unknown',
    node: process.version,
  };
}

/** Time that all programs together have used since the machine began, in milliseconds of one core. */
export const busyMs = (): number =>
  cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);

/** Time that a process has used since it began, in milliseconds; NaN where there is no /proc. */
export async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? Number.NaN) + Number(fields[12] ?? Number.NaN)) * TICK_MS;
}
