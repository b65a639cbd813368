/** Whatever was started is stopped, in reverse, in time. */
import { Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { openScreen, type Screen } from '../../../src/cli/dev/screen.ts';
import { Interrupted, openStack } from '../../../src/cli/dev/stack.ts';

/** A plain screen, and what it showed without times. */
function plainScreen(): { screen: Screen; shown: () => string[] } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return {
    screen: openScreen(stream as NodeJS.WriteStream),
    shown: () =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().replaceAll(/ +[\d.]+ s +/g, ': ')),
  };
}

const part = (stopped: string[], name: string) => ({
  stop: async () => {
    stopped.push(name);
  },
});

describe('the parts of everpost dev', () => {
  it('are stopped in reverse order, a line each', async () => {
    const { screen, shown } = plainScreen();
    const stack = openStack(screen);
    const stopped: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      await stack.start(
        name,
        async () => part(stopped, name),
        () => 'up',
      );
    }
    await stack.stop();
    expect(stopped).toEqual(['three', 'two', 'one']);
    expect(shown()).toEqual([
      '✓ one: up',
      '✓ two: up',
      '✓ three: up',
      '✓ three: stopped',
      '✓ two: stopped',
      '✓ one: stopped',
    ]);
  });

  it('are stopped, too, when the signal came while they started', async () => {
    const { screen, shown } = plainScreen();
    const stack = openStack(screen);
    const stopped: string[] = [];
    const up = Promise.withResolvers<void>();
    const starting = stack.start(
      'slow',
      async () => {
        await up.promise;
        return part(stopped, 'slow');
      },
      () => 'up',
    );
    stack.end(new Interrupted('asked to stop'));
    await expect(starting).rejects.toThrow(Interrupted);
    up.resolve();
    await stack.stop();
    expect(stopped).toEqual(['slow']);
    expect(shown()).toEqual(['✗ slow: interrupted', '✓ slow: stopped']);
  });

  it('are not started once a signal came', async () => {
    const stack = openStack(plainScreen().screen);
    stack.end(new Interrupted('asked to stop'));
    let started = false;
    const starting = stack.step(
      'late',
      async () => (started = true),
      () => 'up',
    );
    await expect(starting).rejects.toThrow(Interrupted);
    expect(started).toBe(false);
  });

  it('give the first reason why they must end', async () => {
    const stack = openStack(plainScreen().screen);
    stack.end(new Error('Temporal has ended by itself'));
    stack.end(new Interrupted('asked to stop'));
    await expect(stack.ended).rejects.toThrow('Temporal has ended by itself');
  });

  it('are stopped although one of them cannot be', async () => {
    const { screen, shown } = plainScreen();
    const stack = openStack(screen);
    const stopped: string[] = [];
    await stack.start(
      'good',
      async () => part(stopped, 'good'),
      () => 'up',
    );
    await stack.start(
      'bad',
      async () => ({ stop: () => Promise.reject(new Error('no')) }),
      () => 'up',
    );
    await stack.stop();
    expect(stopped).toEqual(['good']);
    expect(shown().slice(2)).toEqual(['✓ bad: stopped', '✓ good: stopped']);
  });

  it('leave a server the time to write its state, although what is above it does not stop', async () => {
    const { screen, shown } = plainScreen();
    const stack = openStack(screen);
    const killed: string[] = [];
    const server = (name: string, stopMs: number) => ({
      stop: () => new Promise<void>((resolve) => setTimeout(resolve, stopMs)),
      kill: () => {
        killed.push(name);
      },
    });
    const start = (name: string, started: { stop(): Promise<void>; kill?(): void }) =>
      stack.start(
        name,
        async () => started,
        () => 'up',
      );
    await start('Temporal', server('Temporal', 1_000));
    await start('AWS', server('AWS', 1_000));
    await start('bridge', { stop: () => new Promise(() => undefined) });
    await start('worker', { stop: () => new Promise(() => undefined) });
    vi.useFakeTimers();
    try {
      const stopped = stack.stop();
      await vi.advanceTimersByTimeAsync(9_000);
      await stopped;
    } finally {
      vi.useRealTimers();
    }
    expect(killed).toEqual([]);
    expect(shown().slice(-2)).toEqual(['✓ AWS: stopped', '✓ Temporal: stopped']);
  });
});
