/**
 * The servers that `everpost dev` brings along where no address was given: Temporal with its Web UI, emulated AWS,
 * the mail catcher. They keep their state in the home, and the product reaches them over the network as it would
 * reach the real ones.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServer, startMiniStack, startTemporal } from '../../../infra/tools/servers.mjs';
import { findMiniStack, findTemporal } from '../../../infra/tools/tools.mjs';
import type { Config } from '../../config.ts';
import type { Development } from '../../config-development.ts';
import { searchAttributeFlags } from '../namespace.ts';
import { type Catcher, startCatcher } from './catcher.ts';
import type { StackPart } from './stack.ts';

export type Programs = { temporal?: string; aws?: { python: string; folder: string } };

/** Finds or installs the programs that will be needed; `tell` hears of what takes time. */
export async function findPrograms(
  home: string,
  { embedded }: Development,
  tell: (detail: string) => void,
): Promise<Programs> {
  const options = { home, onProgress: tell };
  return {
    ...(embedded.temporal && { temporal: await findTemporal(options) }),
    ...(embedded.aws && { aws: await findMiniStack(options) }),
  };
}

const isServer = (server: RunningServer): StackPart & RunningServer => ({
  ...server,
  kill: () => process.kill(server.pid, 'SIGKILL'),
});

/** Where the log of an embedded server is. */
export const serverLog = (home: string, name: 'temporal' | 'aws'): string => join(home, `${name}.log`);

/** The Temporal dev server on its database in the home. */
export async function embedTemporal(home: string, binary: string, { ports }: Development) {
  const logFile = serverLog(home, 'temporal');
  await rm(logFile, { force: true });
  return isServer(
    await startTemporal({
      binary,
      logFile,
      port: ports.temporal,
      uiPort: ports.ui,
      dbFile: join(home, 'temporal.db'),
      searchAttributes: searchAttributeFlags(),
    }),
  );
}

/** The AWS emulator on its state in the home. */
export async function embedAws(home: string, program: NonNullable<Programs['aws']>, { ports }: Development) {
  const logFile = serverLog(home, 'aws');
  const stateDir = join(home, 'aws');
  await rm(logFile, { force: true });
  await mkdir(stateDir, { recursive: true });
  return isServer(await startMiniStack({ ...program, logFile, port: ports.aws, stateDir }));
}

/** Whether the catcher's inside port refuses an address: somebody must be unknown for the demo, and for tries. */
export const isUnknownUser = (address: string): boolean => /^unknown([.+_-].*)?@/i.test(address);

/** The mail catcher, on the ports that the product takes for its relay. */
export const embedCatcher = (home: string, config: Config, { ports }: Development): Promise<Catcher> =>
  startCatcher({
    host: '127.0.0.1',
    smtpPort: config.smtp.port,
    internalPort: config.smtp.internalPort,
    httpPort: ports.catcher,
    folder: join(home, 'mails'),
    refuse: isUnknownUser,
  });
