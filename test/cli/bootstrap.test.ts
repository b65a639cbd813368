/** What runs before anything is installed: it installs once, then gets out of the way. */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const project = fileURLToPath(new URL('../..', import.meta.url));

type Run = { child: ChildProcess; printed: () => string; ended: Promise<number | null> };

/** Runs the bootstrap of `root` with a PATH of its own. */
function bootstrap(root: string, path: string, ...args: string[]): Run {
  const child = spawn(process.execPath, [join(root, 'infra/bootstrap/everpost.mjs'), ...args], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  child.stderr.on('data', (chunk) => (printed += chunk));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, printed: () => printed, ended };
}

const systemPath = process.env.PATH ?? '';

async function until(look: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('in a clone where everything is installed', () => {
  const run = (...args: string[]): Run => bootstrap(project, '/usr/bin:/bin', '--run', ...args);

  it('runs tools on the pinned Node, whatever Node started it', async () => {
    const { ended, printed } = run('node', '-p', 'process.version');
    expect(await ended).toBe(0);
    const { devDependencies } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
    expect(printed()).toBe(`v${devDependencies.node}\n`);
  });

  it.each([
    ['process.exit(7)', 7],
    ['process.kill(process.pid, "SIGKILL")', 137],
  ])('hands on how %s ended', async (script, code) => {
    expect(await run('node', '-e', script).ended).toBe(code);
  });

  it('passes SIGTERM on and waits for the end', async () => {
    const script =
      'process.on("SIGTERM", () => process.exit(3)); console.log("up"); setInterval(() => {}, 1e3)';
    const { child, ended, printed } = run('node', '-e', script);
    await until(() => printed().includes('up'));
    child.kill('SIGTERM');
    expect(await ended).toBe(3);
  });

  it('says what is missing when a tool does not exist', async () => {
    const { ended, printed } = run('no-such-tool');
    expect(await ended).toBe(1);
    expect(printed()).toContain('everpost: no-such-tool does not start');
  });
});

describe('in a fresh clone', () => {
  let root: string;
  let path: string;
  const calls = async (): Promise<number> =>
    (await readFile(join(root, 'calls'), 'utf8').catch(() => '')).split('\n').length - 1;

  /** A project of one package, and an npm that installs it when the file `go` is there. */
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'everpost-clone-'));
    await cp(join(project, 'infra/bootstrap'), join(root, 'infra/bootstrap'), { recursive: true });
    const packages = { '': {}, 'node_modules/thing': { version: '1.0.0', dev: true } };
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    await mkdir(join(root, 'src/cli'), { recursive: true });
    await writeFile(join(root, 'src/cli/main.ts'), 'console.log("main", ...process.argv.slice(2));');
    await mkdir(join(root, 'bin'));
    const npm = `#!/bin/sh
cd "${root}" && echo "$*" >> calls
while [ ! -e go ]; do sleep 0.02; done
[ "$(cat go)" = fail ] && { echo 'npm error: registry on fire' >&2; exit 1; }
mkdir -p node_modules/thing && echo '{}' > node_modules/thing/package.json
`;
    await writeFile(join(root, 'bin/npm'), npm, { mode: 0o755 });
    path = `${join(root, 'bin')}:${systemPath}`;
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('installs with progress, then runs; the next start does not install', async () => {
    await writeFile(join(root, 'go'), 'well');
    const first = bootstrap(root, path, 'doctor', '--all');
    expect(await first.ended).toBe(0);
    expect(first.printed()).toMatch(
      /^Installing packages …\nInstalling packages: done, \d+ s\nmain doctor --all\n$/,
    );
    const second = bootstrap(root, path, 'dev');
    await second.ended;
    expect(second.printed()).toBe('main dev\n');
    expect(await calls()).toBe(1);
  });

  it('installs once when two starts come at the same time', async () => {
    const first = bootstrap(root, path, 'one');
    await until(async () => (await calls()) === 1);
    const second = bootstrap(root, path, 'two');
    await until(() => second.printed().includes(`Process ${first.child.pid} is installing packages`));
    await writeFile(join(root, 'go'), 'well');
    expect([await first.ended, await second.ended]).toEqual([0, 0]);
    expect(await calls()).toBe(1);
    expect(second.printed()).toContain('main two');
  });

  it('installs again when the lock file has changed', async () => {
    await writeFile(join(root, 'go'), 'well');
    await bootstrap(root, path, 'one').ended;
    const packages = { '': {}, 'node_modules/thing': { version: '1.0.1', dev: true } };
    await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages }));
    await bootstrap(root, path, 'two').ended;
    expect(await calls()).toBe(2);
  });

  it('takes over from an installer that was killed', async () => {
    const dead = bootstrap(root, path, 'one');
    await until(async () => (await calls()) === 1);
    dead.child.kill('SIGKILL');
    await writeFile(join(root, 'go'), 'well');
    await dead.ended;
    const next = bootstrap(root, path, 'two');
    expect(await next.ended).toBe(0);
    expect(next.printed()).toContain('main two');
  });

  it('says that installing failed, and installs at the next start', async () => {
    await writeFile(join(root, 'go'), 'fail');
    const first = bootstrap(root, path, 'one');
    expect(await first.ended).toBe(1);
    expect(first.printed()).toContain('npm error: registry on fire');
    expect(first.printed()).toContain('everpost: `npm ci` ended with code 1');
    await writeFile(join(root, 'go'), 'well');
    expect(await bootstrap(root, path, 'two').ended).toBe(0);
  });
});

describe('the lock file', () => {
  it('names every optional package, without which npm ci refuses it', async () => {
    const { packages } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
});
