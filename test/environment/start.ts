/**
 * Starts what integration tests run against, once a run: a Temporal dev server that can skip time, MiniStack, and
 * the workflow bundle. Tests get addresses by `inject('environment')` and make namespaced things of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { startMiniStack, startTemporal } from '../../infra/tools/servers.mjs';
import { findMiniStack, findTemporal } from '../../infra/tools/tools.mjs';
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts';
import { workflowBundle } from './bundle.ts';

export type TestEnvironment = {
  /** `127.0.0.1:port`; namespace `default`. */
  temporalAddress: string;
  /** The CLI that the server was started from. */
  temporalBinary: string;
  awsEndpoint: string;
  awsRegion: string;
  /** Absent where the bundle could not be built; the reason is printed when the tests start. */
  workflowBundlePath?: string;
};

declare module 'vitest' {
  interface ProvidedContext {
    environment: TestEnvironment;
  }
}

/** As the dev server's flag spells the types. */
const FLAG_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList', TEXT: 'Text' };
const REGION = 'us-east-2';

/** Runs before the first integration test; what it returns runs after the last. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const home = join(root, '.everpost');
  const onProgress = (line: string): void => console.log(line);
  const temporalBinary = await findTemporal({ home, onProgress, pinned: true });
  const miniStack = await findMiniStack({ home, onProgress });
  const scratch = await mkdtemp(join(tmpdir(), 'everpost-test-'));
  const searchAttributes = Object.fromEntries(
    SEARCH_ATTRIBUTES.map(({ name, type }) => [name, FLAG_TYPES[type as keyof typeof FLAG_TYPES]]),
  );
  const dynamicConfig = { 'frontend.WorkflowTimeSkippingEnabled': 'true' };
  const started = await Promise.allSettled([
    startTemporal({
      binary: temporalBinary,
      logFile: join(scratch, 'temporal.log'),
      searchAttributes,
      dynamicConfig,
    }),
    startMiniStack({ ...miniStack, logFile: join(scratch, 'ministack.log') }),
    workflowBundle(root),
  ]);
  const [temporal, aws, bundle] = started;
  if (bundle.status === 'rejected') console.error('The workflow bundle is not usable:', bundle.reason);
  const stop = async (): Promise<void> => {
    for (const server of [temporal, aws]) if (server.status === 'fulfilled') await server.value.stop();
    await rm(scratch, { recursive: true, force: true });
  };
  if (temporal.status === 'rejected' || aws.status === 'rejected') {
    await stop();
    throw [temporal, aws].find((server) => server.status === 'rejected')?.reason;
  }
  project.provide('environment', {
    temporalAddress: temporal.value.address,
    temporalBinary,
    awsEndpoint: aws.value.address,
    awsRegion: REGION,
    ...(bundle.status === 'fulfilled' ? { workflowBundlePath: bundle.value } : {}),
  });
  return stop;
}
