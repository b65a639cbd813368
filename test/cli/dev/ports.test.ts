/** Ports are looked at before anything starts. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portProblems } from '../../../src/cli/dev/ports.ts';

const host = '127.0.0.1';

async function withTakenPort(act: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  try {
    await act((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

describe('the ports of everpost dev', () => {
  it('are named with who wanted them and the variable that moves them when they are taken', () =>
    withTakenPort(async (port) => {
      expect(await portProblems([{ port, host, what: 'the API', variable: 'API_PORT' }])).toEqual([
        `Port ${port} of 127.0.0.1, wanted by the API, is taken: ` +
          'stop what listens there, or choose another with API_PORT=…',
      ]);
    }));

  it('are fine when nobody listens, and stay free', async () => {
    let port = 0;
    await withTakenPort(async (taken) => {
      port = taken;
    });
    const wanted = [{ port, host, what: 'the API', variable: 'API_PORT' }];
    expect(await portProblems(wanted)).toEqual([]);
    expect(await portProblems(wanted)).toEqual([]);
  });

  it('may not be wanted twice', () =>
    withTakenPort(async (port) => {
      const wanted = [
        { port, host, what: 'the API', variable: 'API_PORT' },
        { port, host, what: 'metrics', variable: 'METRICS_PORT' },
      ];
      expect((await portProblems(wanted))[1]).toBe(
        `Port ${port} is wanted by the API and by metrics: ` +
          'give one of them another with API_PORT=… or METRICS_PORT=…',
      );
    }));
});
