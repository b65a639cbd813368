/** What `everpost dev` keeps in its home: secrets that stay, and an environment file that a shell can source. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvFile, removeEnvFile, writeEnvFile } from '../../../src/cli/dev/env-file.ts';
import { keepSecrets } from '../../../src/cli/dev/secrets.ts';

const run = promisify(execFile);
let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everpost-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

describe('the secrets of a home', () => {
  it('are made once, long, different, and for their owner only', async () => {
    const made = await keepSecrets(home);
    expect(made.secret).toMatch(/^[\w-]{43}$/);
    expect(made.apiKey).toMatch(/^ep_[\w-]{32}$/);
    expect(await keepSecrets(home)).toEqual(made);
    expect([await modeOf(join(home, 'secret')), await modeOf(join(home, 'api-key'))]).toEqual([0o600, 0o600]);
  });

  it('are made anew when a file is empty, and closed again when it was opened to others', async () => {
    await writeFile(join(home, 'secret'), '');
    await chmod(join(home, 'secret'), 0o644);
    expect((await keepSecrets(home)).secret).toMatch(/^[\w-]{43}$/);
    expect(await modeOf(join(home, 'secret'))).toBe(0o600);
  });

  it('come with the folder when it is not there', async () => {
    const deep = join(home, 'not', 'yet');
    await keepSecrets(deep);
    expect(await modeOf(deep)).toBe(0o700);
  });
});

describe('the environment file', () => {
  const values = {
    EVERPOST_URL: 'http://127.0.0.1:8080',
    EVERPOST_HOME: '/tmp/a folder; $(rm -rf nothing) `x` "y"',
    QUOTED: "it's",
    DOMAINS: 'example.com,example.org',
  };

  it('gives a shell back every value as it was', async () => {
    const file = await writeEnvFile(home, values);
    const script = 'set -a; . "$1"; set +a; exec "$2" -p "JSON.stringify(process.env)"';
    const { stdout } = await run('sh', ['-c', script, 'sh', file, process.execPath]);
    expect(JSON.parse(stdout)).toMatchObject(values);
    expect(await modeOf(file)).toBe(0o600);
  });

  it('is read by our own commands, and is nothing once removed', async () => {
    await writeEnvFile(home, values);
    expect((await readEnvFile(home)).EVERPOST_URL).toBe('http://127.0.0.1:8080');
    await removeEnvFile(home);
    expect(await readEnvFile(home)).toEqual({});
  });
});
