/** Embedded programs are installed whole or not at all, once, and what is in the way is said in one sentence. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, startMiniStack, startTemporal } from '../../infra/tools/servers.mjs';
import { MINISTACK_VERSION, TEMPORAL_VERSION } from '../../infra/tools/tools.mjs';

let home: string;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everpost-tools-'));
  path = join(home, 'path');
  await mkdir(path);
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Puts a program on the only folder of PATH. */
async function program(name: string, script: string): Promise<void> {
  await writeFile(join(path, name), `#!/bin/sh\n${script}`);
  await chmod(join(path, name), 0o755);
}

/** A Python whose pip installs one file, or fails with `complaint`. */
const python = (version: string, complaint = '') =>
  program(
    'python3',
    `if [ "$1" = -c ]; then echo ${version}; exit; fi
if [ "$3" = --version ]; then exit; fi
if [ -n "${complaint}" ]; then echo "${complaint}" >&2; exit 1; fi
while [ "$1" != --target ]; do shift; done
/bin/sleep 0.2; /bin/mkdir "$2/bin"; echo "$3" > "$2/bin/installed"; echo one >> "${home}/installs"`,
  );

/** Calls an exported function of tools.mjs in a process of its own, which has our PATH; its result or message. */
async function call(name: string, more: object = {}): Promise<string> {
  const module = new URL('../../infra/tools/tools.mjs', import.meta.url).href;
  const code = `import(${JSON.stringify(module)})
    .then((tools) => tools.${name}(${JSON.stringify({ home, ...more })}))
    .then((found) => console.log(JSON.stringify(found)), (error) => console.log(error.name + ': ' + error.message))`;
  const child = spawn(process.execPath, ['-e', code], {
    env: { PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (await text(child.stdout)).trim();
}

describe('installing', () => {
  it('puts a pinned package below the home folder, once', async () => {
    await python('3.11');
    const folder = join(home, 'tools', `ministack-${MINISTACK_VERSION}`);
    for (const found of [await call('findMiniStack'), await call('findMiniStack')]) {
      expect(JSON.parse(found)).toEqual({ python: 'python3', folder });
    }
    expect(await readFile(join(folder, 'bin', 'installed'), 'utf8')).toBe(
      `ministack==${MINISTACK_VERSION}\n`,
    );
    expect(await readFile(join(home, 'installs'), 'utf8')).toBe('one\n');
  });

  it('by two processes at once leaves one whole folder', async () => {
    await python('3.11');
    const [one, other] = await Promise.all([call('findMiniStack'), call('findMiniStack')]);
    expect(one).toBe(other);
    expect(await readdir(join(home, 'tools'))).toEqual([`ministack-${MINISTACK_VERSION}`]);
  });

  it('that fails leaves nothing and says what pip said', async () => {
    await python('3.11', 'ERROR: No matching distribution found');
    expect(await call('findMiniStack')).toMatch(/^ToolError: ministack .* \(pip said: ERROR: No matching/);
    expect(await readdir(join(home, 'tools'))).toEqual([]);
  });
});

describe('the Python that is needed', () => {
  it('is named with the ways out where there is none', async () => {
    expect(await call('findMiniStack')).toMatch(
      /^ToolError: Python 3\.10 .* no python3 on PATH: install it .* docker compose up\.$/,
    );
  });

  it('is named with its version where it is too old', async () => {
    await python('3.9');
    expect(await call('findMiniStack')).toContain('python3 is version 3.9');
  });

  it('may have another name', async () => {
    await python('3.9');
    await program('python3.12', 'if [ "$1" = -c ]; then echo 3.12; else exit 1; fi');
    expect(await call('findMiniStack')).toMatch(/^ToolError: python3\.12 has no pip/);
  });
});

describe('the Temporal binary', () => {
  it.each([
    ['1.32.0', '"temporal"'],
    ['2.0.1', '"temporal"'],
  ])('on PATH is taken when its server is %s', async (server, found) => {
    await program('temporal', `echo "temporal version 9.9.9 (Server ${server}, UI 2.54.1)"`);
    expect(await call('findTemporal')).toBe(found);
  });

  it('of the pinned version is installed for tests even where PATH has one', async () => {
    await program('temporal', 'echo "temporal version 9.9.9 (Server 1.40.0, UI 2.54.1)"');
    await python('3.11');
    const found = JSON.parse(await call('findTemporal', { pinned: true }));
    expect(found).toBe(join(home, 'tools', `temporal-${TEMPORAL_VERSION}`, 'bin', 'temporal'));
  });
});

describe('starting a server', () => {
  it('that ends at once names its log and what stands there', async () => {
    await program('broken', 'echo "cannot open the database"; exit 3');
    const logFile = join(home, 'server.log');
    const start = startTemporal({ binary: join(path, 'broken'), logFile });
    await expect(start).rejects.toThrow(/Temporal ended with code 3 .*cannot open the database/);
  });

  it('on a port that is taken says so', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    await new Promise((listening) => squatter.once('listening', listening));
    const start = startMiniStack({ python: 'python3', folder: home, logFile: join(home, 'log'), port });
    await expect(start).rejects.toThrow(`Port ${port} of 127.0.0.1, wanted for MiniStack, is taken`);
    squatter.close();
  });

  it('listens for this machine only: what else the emulator would open is off', async () => {
    const python = join(home, 'python');
    const told = join(home, 'told');
    await writeFile(python, `#!/bin/sh\nenv > '${told}'\n`, { mode: 0o755 });
    await expect(startMiniStack({ python, folder: home, logFile: join(home, 'log') })).rejects.toThrow();
    const environment = (await readFile(told, 'utf8')).split('\n');
    expect(environment).toEqual(
      expect.arrayContaining(['BIND_HOST=127.0.0.1', 'IOT_MTLS_ENABLED=0', 'SFTP_ENABLED=0']),
    );
  });

  it('whose program is missing says so', async () => {
    const start = startTemporal({ binary: join(path, 'nothing'), logFile: join(home, 'log') });
    await expect(start).rejects.toThrow('ENOENT');
  });
});
