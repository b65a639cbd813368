/** The lock of a home: one owner, and no trouble after a crash. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LockedError, takeLock } from '../../../src/cli/dev/lock.ts';
import { identify, stillRuns } from '../../../src/cli/dev/process-identity.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'everpost-lock-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** A process that does nothing until it is ended. */
function idle() {
  return spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
}

/** A lock as a start would leave it that was killed. */
async function leaveLock(owner: object, servers: object[] = []): Promise<void> {
  await writeFile(join(home, 'dev.lock'), JSON.stringify({ owner, servers }));
}

describe('the lock of a home', () => {
  it('is refused while its owner lives, with the process and the ways out', async () => {
    const lock = await takeLock(home);
    await expect(takeLock(home)).rejects.toThrow(LockedError);
    await expect(takeLock(home)).rejects.toThrow(
      `Another everpost dev (process ${process.pid}) is running on ${home}: stop it`,
    );
    await lock.release();
    const next = await takeLock(home);
    expect(next.takenOver).toBeUndefined();
  });

  it('is refused with one sentence where the home is no folder', async () => {
    const file = join(home, 'file');
    await writeFile(file, '');
    for (const place of [file, join(file, 'below')]) {
      await expect(takeLock(place)).rejects.toThrow(
        `EVERPOST_HOME ${place} is no folder that can be written to (E`,
      );
    }
  });

  it('goes to one of many that ask at once', async () => {
    await leaveLock({ pid: 0, started: 'long ago' });
    const asked = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(home)));
    expect(asked.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a process that has ended, with a sentence', async () => {
    const owner = idle();
    await once(owner, 'spawn');
    await leaveLock((await identify(owner.pid ?? 0)) ?? {});
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const lock = await takeLock(home);
    expect(lock.takenOver).toBe(
      `The start before (process ${owner.pid}) ended without cleaning up; took over its lock.`,
    );
  });

  it('is taken over when the process id went to somebody else', async () => {
    await leaveLock({ pid: process.pid, started: 'at another time' });
    expect((await takeLock(home)).takenOver).toContain('took over its lock');
  });

  it('is taken over when the file cannot be read as one', async () => {
    await writeFile(join(home, 'dev.lock'), '{"owner": {"pi');
    expect((await takeLock(home)).takenOver).toContain('took over its lock');
  });

  it('ends the servers that a killed start has left', async () => {
    const server = idle();
    await once(server, 'spawn');
    const identity = (await identify(server.pid ?? 0))!;
    await leaveLock({ pid: 0, started: 'long ago' }, [identity]);
    const exited = once(server, 'exit');
    expect((await takeLock(home)).takenOver).toContain('and ended a server that it had left');
    expect(await exited).toEqual([null, 'SIGTERM']);
  });

  it('leaves a process alone that only has the number of a server', async () => {
    const stranger = idle();
    await once(stranger, 'spawn');
    const identity = (await identify(stranger.pid ?? 0))!;
    await leaveLock({ pid: 0, started: 'long ago' }, [{ ...identity, started: 'at another time' }]);
    await takeLock(home);
    expect(await stillRuns(identity)).toBe(true);
    stranger.kill('SIGKILL');
  });

  it('names its servers, for its owner only', async () => {
    const server = idle();
    await once(server, 'spawn');
    const lock = await takeLock(home);
    await lock.addServer(server.pid ?? 0);
    const file = join(home, 'dev.lock');
    expect(JSON.parse(await readFile(file, 'utf8')).servers).toEqual([await identify(server.pid ?? 0)]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    server.kill('SIGKILL');
  });
});
