/**
 * The servers of one run, its own and on loopback: a Temporal dev server with its database on disk, the AWS emulator,
 * a mailbox server, and the processes that are measured. All of it ends with the run, and its folder is removed.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startMiniStack, startTemporal } from '../infra/tools/servers.mjs';
import { findMiniStack, findTemporal } from '../infra/tools/tools.mjs';
import { searchAttributeFlags } from '../src/cli/namespace.ts';
import { setUp } from '../src/cli/set-up.ts';
import { bucketOf, queueOf, readConfig } from '../src/config.ts';
import { openAws } from '../src/stores/aws.ts';
import { type Child, startChild } from './child.ts';
import { type Side, type SideName, startSide } from './side.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DOMAINS = ['whole.example', 'empty.example', 'plain.example', 'memory.example'];
const SCRIPTS = { whole: 'everpost-child.ts', empty: 'everpost-child.ts', plain: 'plain-child.ts' };

export type World = {
  client: Client;
  sides: Record<SideName, Side>;
  /** The product in a process of its own that can collect its garbage when asked. */
  memory: Side;
  /** When each mail came to the mailbox server, in milliseconds since 1970. */
  delivered: Map<string, number>;
  pids: { temporal: number; aws: number; sink: number };
  close(): Promise<void>;
};

type Endings = (() => Promise<unknown>)[];

/** Starts everything; on failure ends what had started. */
export async function openWorld(onProgress: (line: string) => void): Promise<World> {
  const endings: Endings = [];
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    return { ...(await open(endings, onProgress)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(endings: Endings, onProgress: (line: string) => void): Promise<Omit<World, 'close'>> {
  const home = join(ROOT, '.everpost');
  const binary = await findTemporal({ home, onProgress, pinned: true });
  const miniStack = await findMiniStack({ home, onProgress });
  const folder = await mkdtemp(join(tmpdir(), 'everpost-bench-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const logFile = (name: string): string => join(folder, `${name}.log`);

  const temporal = await startTemporal({
    binary,
    logFile: logFile('temporal'),
    dbFile: join(folder, 'temporal.db'),
    searchAttributes: searchAttributeFlags(),
  });
  endings.push(temporal.stop);
  const emulator = await startMiniStack({ ...miniStack, logFile: logFile('aws') });
  endings.push(emulator.stop);
  const delivered = new Map<string, number>();
  const onDone = (at: number, mail = ''): void => void delivered.set(mail, at);
  const sink = await startChild({ script: 'sink-child.ts', logFile: logFile('sink'), onDone });
  endings.push(sink.stop);

  const variablesOf = (domains: string[]): Record<string, string> => ({
    ...variables(temporal.address, emulator.address, sink),
    EVERPOST_NAME: `bench-${domains[0]?.split('.')[0]}`,
    DOMAINS: domains.join(','),
  });
  const { client, aws, config } = await prepare(variablesOf(DOMAINS), endings);
  const bundles = await bundle(folder);
  const start = async (name: keyof typeof bundles, script: string, flags: string[]): Promise<Side> => {
    const domain = `${name}.example`;
    const place = { aws, domain, bucket: bucketOf(config, domain), queue: queueOf(config, domain) };
    const side = await startSide(place, {
      script,
      args: [bundles[name]],
      variables: variablesOf([domain]),
      flags,
      logFile: logFile(name),
    });
    endings.push(side.child.stop);
    return side;
  };
  return {
    client,
    delivered,
    sides: {
      whole: await start('whole', SCRIPTS.whole, []),
      empty: await start('empty', SCRIPTS.empty, []),
      plain: await start('plain', SCRIPTS.plain, []),
    },
    memory: await start('memory', SCRIPTS.whole, ['--expose-gc']),
    pids: { temporal: temporal.pid, aws: emulator.pid, sink: sink.pid },
  };
}

/** As in production, but for the addresses: log lines are written, the audit is kept. */
const variables = (temporal: string, aws: string, sink: Child): Record<string, string> => ({
  EVERPOST_SECRETS: 'a-secret-of-the-benchmark-0123456789',
  AWS_ENDPOINT_URL: aws,
  // The emulator takes any, but the SDK insists on some.
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  SMTP_HOST: '127.0.0.1',
  SMTP_PORT: String(sink.port),
  INTERNAL_SMTP_PORT: String(sink.port),
  TEMPORAL_ADDRESS: temporal,
});

/** Namespace, buckets, queues and tables of all sides, and the clients to look at them. */
async function prepare(environment: Record<string, string>, endings: Endings) {
  const config = readConfig(environment);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: environment.AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: environment.AWS_SECRET_ACCESS_KEY,
  });
  const aws = openAws(config);
  endings.push(async () => aws.close());
  const connection = await Connection.connect({ address: config.temporal.address });
  endings.push(() => connection.close());
  await setUp(config, { aws, connection }, () => {});
  return { config, aws, client: new Client({ connection, namespace: config.temporal.namespace }) };
}

/** Workflow bundles, built before as in production. */
async function bundle(folder: string): Promise<Record<SideName | 'memory', string>> {
  const build = async (name: string, workflowsPath: string): Promise<string> => {
    const path = join(folder, 'bundles', `${name}.js`);
    const { code } = await bundleWorkflowCode({
      workflowsPath,
      payloadConverterPath: fileURLToPath(new URL('../workflows/payload-converter.ts', import.meta.url)),
      logger: new DefaultLogger('WARN'),
    });
    await writeFile(path, code);
    return path;
  };
  await mkdir(join(folder, 'bundles'));
  const whole = await build('whole', join(ROOT, 'workflows', 'workflows.ts'));
  const empty = await build('empty', join(ROOT, 'bench', 'empty-workflow.ts'));
  return { whole, empty, plain: '', memory: whole };
}
