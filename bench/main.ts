/**
 * `npm run bench`: starts servers of its own, measures the whole path beside an empty workflow and a plain loop,
 * prints the report and writes it to docs/benchmarks.md. Ends by itself within six minutes, whatever happens.
 */
import { writeFile } from 'node:fs/promises';
import { MINISTACK_VERSION } from '../infra/tools/tools.mjs';
import { measure } from './findings.ts';
import { readMachine } from './machine.ts';
import { reportOf } from './report.ts';
import { within } from './throughput.ts';
import { openWorld } from './world.ts';

/** The rest of the six minutes is for stopping. */
const SECONDS_MAX = 330;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const stopped = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)));
});
stopped.catch(() => {});

tell('Starting servers');
const world = await openWorld(tell);
try {
  const measured = await Promise.race([
    within(SECONDS_MAX, 'The benchmark', () => measure(world, tell)),
    stopped,
  ]);
  const { serverVersion } = await world.client.workflowService.getSystemInfo({});
  const report = reportOf(measured, {
    date: new Date().toISOString().slice(0, 10),
    machine: readMachine(),
    temporalVersion: serverVersion ?? 'of unknown version',
    awsVersion: MINISTACK_VERSION,
  });
  process.stdout.write(`\n${report}`);
  await writeFile(new URL('../docs/benchmarks.md', import.meta.url), report);
} catch (error) {
  tell(`The benchmark was given up: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await world.close();
}
// A measurement that was given up may still wait for mails that will never come.
process.exit();
