/** Runs the real `everpost dev` for journeys: ports and a home of its own, what it printed, and its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { freePort } from '../../infra/tools/servers.mjs';
import type { CaughtMail } from '../../src/cli/dev/catcher-store.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const POLL_MS = 50;

const PORTS = [
  'API_PORT',
  'METRICS_PORT',
  'SMTP_PORT',
  'INTERNAL_SMTP_PORT',
  'DEV_TEMPORAL_PORT',
  'DEV_UI_PORT',
  'DEV_AWS_PORT',
  'DEV_CATCHER_PORT',
];

export type DevHome = { home: string; variables: Record<string, string> };

/** A home in `folder`, with free ports, and the tools that this run of tests has installed already. */
export async function makeDevHome(folder: string): Promise<DevHome> {
  const home = join(folder, 'home');
  await mkdir(home);
  await symlink(join(root, '.everpost', 'tools'), join(home, 'tools'));
  const ports: [string, string][] = [];
  for (const name of PORTS) ports.push([name, String(await freePort())]);
  return { home, variables: { EVERPOST_HOME: home, ...Object.fromEntries(ports) } };
}

export type DevProcess = {
  child: ChildProcess;
  /** All that it has printed so far. */
  printed(): string;
  /** Resolves when it has printed that; rejects, with all it said, when it ends before. */
  says(text: string): Promise<void>;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>;
};

/** Starts a command of everpost as a person would, with nothing of this process's AWS or Temporal settings. */
export function everpost({ home, variables }: DevHome, ...args: string[]): DevProcess {
  const { PATH, HOME, LANG } = process.env;
  const child = spawn('node', [join(root, 'infra', 'bootstrap', 'everpost.mjs'), ...args], {
    cwd: home,
    env: { PATH, HOME, LANG, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  let over = false;
  void ended.then(() => (over = true));
  return {
    child,
    printed: () => printed,
    ended,
    async says(text) {
      while (!printed.includes(text)) {
        if (over) throw new Error(`It ended without saying «${text}». It said:\n${printed}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    },
  };
}

/** What dev.env says. */
export const readDevEnv = async ({ home }: DevHome): Promise<Record<string, string>> =>
  parseEnv(await readFile(join(home, 'dev.env'), 'utf8')) as Record<string, string>;

/** What the catcher has caught, oldest first. */
export async function caughtMails({ variables }: DevHome, query = ''): Promise<CaughtMail[]> {
  const answer = await fetch(`http://127.0.0.1:${variables.DEV_CATCHER_PORT}/messages${query}`);
  return ((await answer.json()) as CaughtMail[]).reverse();
}

/** The bytes of a caught mail. */
export async function caughtBytes({ variables }: DevHome, { id }: CaughtMail): Promise<Buffer> {
  const answer = await fetch(`http://127.0.0.1:${variables.DEV_CATCHER_PORT}/messages/${id}`);
  return Buffer.from(await answer.arrayBuffer());
}
