/**
 * `everpost dev`: everything on one machine, from one command. Starts what was not given by its address, waits until
 * each part answers, plays demo mails at first start, and stops it all in order at Ctrl-C. State is in the home.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readConfig } from '../../config.ts';
import { readDevelopment } from '../../config-development.ts';
import { CliError, type Environment } from '../environment.ts';
import { whenAskedToStop } from '../stop-signal.ts';
import { demoResults, playDemo } from './demo.ts';
import { openDevLog } from './dev-log.ts';
import { removeEnvFile, writeEnvFile } from './env-file.ts';
import { type Lock, takeLock } from './lock.ts';
import { EMULATOR_CREDENTIALS, envFileVariables, placesForPeople, wantedPorts } from './places.ts';
import { portProblems } from './ports.ts';
import { openScreen, type Screen } from './screen.ts';
import { keepSecrets } from './secrets.ts';
import { Interrupted, openStack } from './stack.ts';
import { type DevSystem, type OutsideClients, setUpOutside, startProduct, startServers } from './start.ts';
import { sayDemo, sayPlaces } from './summary.ts';

/** An idle machine needs a second or two for the demo. */
const DEMO_MS_MAX = 60_000;
/** Later starts only look: what has not settled then waits for a person. */
const DEMO_AGAIN_MS_MAX = 3_000;

/** Plays the demo at first start; later it only tells again what became of it. Returns the number of starts. */
async function playOrRecall(
  system: DevSystem,
  { aws, client }: OutsideClients,
  screen: Screen,
): Promise<void> {
  const { config, stack } = system;
  const record = join(config.home, 'demo-played');
  const isFirst = await readFile(record).then(
    () => false,
    () => true,
  );
  const results = await stack.step(
    'Demo mails',
    async () => {
      if (isFirst) {
        await playDemo(config, aws);
        await writeFile(record, `${new Date().toISOString()}\nRemove this file to have it played again.\n`);
      }
      return demoResults(config, client, isFirst ? DEMO_MS_MAX : DEMO_AGAIN_MS_MAX);
    },
    () => (isFirst ? 'played' : 'played at the first start'),
  );
  screen.say('');
  sayDemo(screen, results);
}

/** As a person here would type it. */
function shortPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}

/** Everything from the first server to the last line of the table. */
async function startEverything(system: DevSystem, screen: Screen): Promise<void> {
  const { config, development, stack } = system;
  await startServers(system);
  const outside = await setUpOutside(system);
  const { api, metricsUrl } = await startProduct(system);
  const running = { apiUrl: api.url, metricsUrl };
  const envFile = await writeEnvFile(config.home, envFileVariables(config, development, running));
  if (development.demo) await playOrRecall(system, outside, screen);
  outside.aws.close();
  await outside.connection.close();
  screen.say('');
  const shown = { ...running, signInUrl: api.signInLink(), envFile: shortPath(envFile) };
  sayPlaces(screen, placesForPeople({ ...config, home: shortPath(config.home) }, development, shown));
  screen.say(`\n  ${screen.styled('bold', 'Everpost is running.')} Ctrl-C stops everything.\n`);
  await stack.ended;
}

/** Runs the system of a home whose lock is held. Returns the exit code. */
async function runLocked(environment: Environment, home: string, lock: Lock): Promise<number> {
  const screen = openScreen(process.stdout);
  const development = readDevelopment(environment);
  const { secret, apiKey } = await keepSecrets(home);
  // The product's parts and the AWS SDK read the environment as they would in production.
  Object.assign(environment, development.variables, development.embedded.aws && EMULATOR_CREDENTIALS, {
    EVERPOST_HOME: home,
    EVERPOST_SECRETS: environment.EVERPOST_SECRETS || secret,
    EVERPOST_API_KEYS: environment.EVERPOST_API_KEYS || apiKey,
  });
  const config = readConfig(environment);
  if (lock.takenOver !== undefined) screen.say(`  ${lock.takenOver}`);
  const problems = await portProblems(wantedPorts(config, development));
  if (problems.length > 0) throw new CliError(problems.join('\n'));
  const stack = openStack(screen);
  void whenAskedToStop().stopped.then(() => stack.end(new Interrupted('asked to stop')));
  let code = 0;
  try {
    await startEverything({ config, development, stack, lock, log: openDevLog(config, screen) }, screen);
  } catch (error) {
    if (!(error instanceof Interrupted)) {
      code = 1;
      screen.say(
        `\n  ${screen.styled('red', '✗')} ${error instanceof Error ? error.message : String(error)}\n`,
      );
    }
  }
  screen.say('\n  Stopping');
  await removeEnvFile(home);
  await stack.stop();
  return code;
}

/** Runs until it is asked to stop (0) or a part fails (1). Throws what keeps it from starting at all. */
export async function dev(environment: Environment): Promise<number> {
  const { variables } = readDevelopment(environment);
  const home = resolve(readConfig({ ...environment, ...variables }).home);
  const lock = await takeLock(home);
  try {
    return await runLocked(environment, home, lock);
  } finally {
    await lock.release();
  }
}
