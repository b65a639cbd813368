/** The start of `everpost dev`, in order: servers, what they must hold, then the product's own parts. */
import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import type { RunningServer } from '../../../infra/tools/servers.mjs';
import { type Config, sendQueuesOf } from '../../config.ts';
import type { Development } from '../../config-development.ts';
import { openAws } from '../../stores/aws.ts';
import { CliError } from '../environment.ts';
import { openProcess, type Process, type RunningPart } from '../process.ts';
import { setUp } from '../set-up.ts';
import { embedAws, embedCatcher, embedTemporal, findPrograms, serverLog } from './embedded.ts';
import { lastLines } from './last-lines.ts';
import type { Lock } from './lock.ts';
import { webUiUrl } from './places.ts';
import type { Stack } from './stack.ts';

export type DevSystem = { config: Config; development: Development; stack: Stack; lock: Lock; log: Logger };

/** Deliveries under way have this long when everything stops; the whole stop must end within 10 s. */
const GRACE_MS = 1_500;
/** Short long polls: they must end before the bridge does. */
const POLL_SECONDS = 2;

/** Notes down a server that was started, and ends everything when it ends by itself. */
async function keepAnEye(
  { config, stack, lock }: DevSystem,
  name: string,
  log: 'temporal' | 'aws',
  server: RunningServer,
): Promise<void> {
  await lock.addServer(server.pid);
  void server.exited.then(async (how) => {
    const file = serverLog(config.home, log);
    stack.end(
      new CliError(
        `${name} has ended by itself (${how}). Its log ${file} ends with:\n${await lastLines(file)}`,
      ),
    );
  });
}

/** Starts the servers that were not given by their address. */
export async function startServers(system: DevSystem): Promise<void> {
  const { config, development, stack } = system;
  const { embedded } = development;
  const programs = await stack.step(
    'Programs',
    (line) => findPrograms(config.home, development, line.tell),
    (found) => (Object.keys(found).length === 0 ? 'none needed' : 'Temporal and AWS emulator are installed'),
  );
  const { temporal: binary, aws: emulator } = programs;
  if (binary !== undefined) {
    await stack.start(
      'Temporal',
      async () => {
        const server = await embedTemporal(config.home, binary, development);
        await keepAnEye(system, 'Temporal', 'temporal', server);
        return server;
      },
      (server) => server.address,
    );
  }
  if (emulator !== undefined) {
    await stack.start(
      'AWS emulator',
      async () => {
        const server = await embedAws(config.home, emulator, development);
        await keepAnEye(system, 'The AWS emulator', 'aws', server);
        return server;
      },
      (server) => server.address,
    );
  }
  if (embedded.catcher) {
    await stack.start(
      'Mail catcher',
      () => embedCatcher(config.home, config, development),
      (catcher) => `SMTP ${catcher.smtpPort} and ${catcher.internalPort}, page ${catcher.httpPort}`,
    );
  }
}

export type OutsideClients = { aws: ReturnType<typeof openAws>; connection: Connection; client: Client };

/** Connects to Temporal and AWS, whoever runs them, and makes what is missing there. */
export async function setUpOutside({ config, stack }: DevSystem): Promise<OutsideClients> {
  const aws = openAws(config);
  const connection = await stack.step(
    'Set-up',
    async (line) => {
      const made = await Connection.connect(config.temporal.connection ?? {}).catch((error: unknown) => {
        throw new CliError(
          `Temporal at ${config.temporal.address} cannot be reached (${String(error)}): ` +
            'start it, or unset TEMPORAL_ADDRESS to have one embedded.',
        );
      });
      await setUp(config, { aws, connection: made }, line.now);
      return made;
    },
    () => 'search attributes, retention, buckets, queues, tables',
  );
  return { aws, connection, client: new Client({ connection, namespace: config.temporal.namespace }) };
}

/** Starts the product's own parts, all in this process. */
export async function startProduct({ config, development, stack, log }: DevSystem) {
  const ui = webUiUrl(development);
  const process: Process = await openProcess(config, {
    log,
    graceMs: GRACE_MS,
    waitSeconds: POLL_SECONDS,
    ...(ui !== undefined && { webUiUrl: ui }),
  });
  const watched = async <T extends RunningPart>(part: T): Promise<T> => {
    part.failed?.catch((error: unknown) => stack.end(new CliError(`The worker has ended: ${String(error)}`)));
    return part;
  };
  const metrics = await stack.start(
    'Metrics',
    () => process.startMetrics(),
    ({ url }) => `${url}/metrics`,
  );
  await stack.start(
    'Worker',
    async () => watched(await process.startWorker()),
    () => `task queue ${config.name}`,
  );
  await stack.start(
    'Bridge',
    () => process.startBridge(),
    () => `queues of ${config.domains.join(', ')}; ${sendQueuesOf(config).send}`,
  );
  const api = await stack.start(
    'API',
    () => process.startApi(),
    ({ url }) => url,
  );
  return { process, api, metricsUrl: metrics.url };
}
