/** The gate between queues and Temporal: closed by one failure, opened by an answer only, never more than 16 at once. */
import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openGate } from '../../src/bridge/gate.ts';

const log = pino({ level: 'silent' });
const away = new Error('14 UNAVAILABLE');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A gate whose probe answers as `isThere` says; `stop` is what ends a bridge. */
function gateTo(isThere: () => boolean) {
  const stopping = new AbortController();
  const probe = async (): Promise<void> => {
    if (!isThere()) throw away;
  };
  return { gate: openGate(probe, stopping.signal, log), stop: () => stopping.abort() };
}

it('stays closed through an outage of hours, and opens within 10 s of its end', async () => {
  let isThere = false;
  const { gate } = gateTo(() => isThere);
  gate.close('no answer');
  await vi.advanceTimersByTimeAsync(2 * 3_600_000);
  expect(gate.isOpen()).toBe(false);
  isThere = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(gate.isOpen()).toBe(true);
});

it('lets whoever waits go on once Temporal answers, however often it was closed meanwhile', async () => {
  const { gate } = gateTo(() => true);
  gate.close('once');
  gate.close('twice');
  const waited = gate.whenOpen();
  await vi.advanceTimersByTimeAsync(500);
  await waited;
  expect(gate.isOpen()).toBe(true);
});

it('lets whoever waits go when the bridge stops in an outage', async () => {
  const { gate, stop } = gateTo(() => false);
  gate.close('no answer');
  const waited = gate.whenOpen();
  stop();
  await expect(waited).resolves.toBeUndefined();
});

it('passes 16 starts at once, and the next when one has ended, well or not', async () => {
  const { gate } = gateTo(() => true);
  const ends: ((failed: boolean) => void)[] = [];
  const start = (): Promise<void> =>
    gate.pass(
      () => new Promise((resolve, reject) => ends.push((failed) => (failed ? reject(away) : resolve()))),
    );
  const starts = Array.from({ length: 18 }, start);
  const outcomes = Promise.allSettled(starts);
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(16);
  ends[0]!(true);
  ends[1]!(false);
  await vi.advanceTimersByTimeAsync(0);
  expect(ends).toHaveLength(18);
  for (const end of ends.slice(2)) end(false);
  expect((await outcomes).filter(({ status }) => status === 'rejected')).toHaveLength(1);
});
