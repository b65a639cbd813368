/** The metrics page: our counters and the Temporal SDK's, on one page, and a probe beside it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createMetrics,
  type Metrics,
  type MetricsServer,
  startMetricsServer,
} from '../../src/worker/metrics.ts';

const here = { host: '127.0.0.1', port: 0 };
let metrics: Metrics;
let server: MetricsServer;
const pageOf = async (of: MetricsServer): Promise<string> => (await fetch(`${of.url}/metrics`)).text();

beforeAll(async () => {
  metrics = createMetrics();
  server = await startMetricsServer({ ...here, registry: metrics.registry });
});
afterAll(() => server.stop());

describe('the page', () => {
  it('counts mails by domain and status under the name of the worker it replaces', async () => {
    metrics.count.mail('example.com', 'delivered');
    metrics.count.mail('example.com', 'delivered');
    metrics.count.mail('example.org', 'bounced');
    const page = await pageOf(server);
    expect(page).toContain('emails_processed_total{domain="example.com",status="delivered"} 2');
    expect(page).toContain('emails_processed_total{domain="example.org",status="bounced"} 1');
  });

  it('counts outbound mail under the names of the system it replaces', async () => {
    metrics.count.payload('receipt', 200);
    metrics.count.payload(undefined, undefined);
    metrics.count.attempt('send', 'delivered', 0.1);
    metrics.count.attempt('send', 'deferred', 0.1);
    metrics.count.attempt('send', 'refused', 0.1);
    metrics.count.attempt('forward', 'refused', 0.1);
    const lines = (await pageOf(server)).split('\n').filter((line) => /^(mails|payload)_/.test(line));
    expect(lines).toEqual([
      'mails_sent 1',
      'mails_fails 1',
      'payload_template{template="receipt"} 1',
      'payload_priority{priority="200"} 1',
      'payload_priority{priority="none"} 1',
    ]);
  });

  it('tells attempts, notices and alerts', async () => {
    metrics.count.attempt('mailbox', 'delivered', 0.02);
    metrics.count.notice('example.com', 'started');
    metrics.count.alert('relay');
    const page = await pageOf(server);
    expect(page).toContain('delivery_seconds_bucket{le="0.025",kind="mailbox",outcome="delivered"} 1');
    expect(page).toContain('bridge_notices_total{domain="example.com",result="started"} 1');
    expect(page).toContain('alerts_total{what="relay"} 1');
  });

  it('is text that Prometheus reads', async () => {
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    for (const line of (await answer.text()).split('\n')) {
      expect(line).toMatch(/^$|^#|^[a-z_]+(\{[^}]*\})? [0-9.e+-]+$/);
    }
  });

  it('shows the page of the Temporal SDK, too', async () => {
    const sdk = createServer((_, response) => response.end('temporal_num_pollers{queue="x"} 5\n'));
    sdk.listen(0, '127.0.0.1');
    await once(sdk, 'listening');
    const { port } = sdk.address() as { port: number };
    const temporalMetricsUrl = `http://127.0.0.1:${port}/metrics`;
    const both = await startMetricsServer({ ...here, registry: metrics.registry, temporalMetricsUrl });
    const page = await pageOf(both);
    expect(page).toContain('emails_processed_total{');
    expect(page).toContain('temporal_num_pollers{queue="x"} 5');
    await both.stop();
    sdk.close();
  });

  it('keeps our own figures when the SDK does not answer', async () => {
    const temporalMetricsUrl = 'http://127.0.0.1:1/metrics';
    const alone = await startMetricsServer({ ...here, registry: metrics.registry, temporalMetricsUrl });
    const page = await pageOf(alone);
    expect(page).toContain('emails_processed_total{');
    expect(page).toMatch(/^# The Temporal SDK's metrics are missing: /m);
    await alone.stop();
  });
});

it.each([
  ['GET', '/livez', 200],
  ['GET', '/nowhere', 404],
  ['POST', '/metrics', 405],
])('%s %s is %d', async (method, path, status) => {
  expect((await fetch(`${server.url}${path}`, { method })).status).toBe(status);
});

it('a taken port is one clear sentence', async () => {
  const port = Number(new URL(server.url).port);
  await expect(startMetricsServer({ ...here, port, registry: metrics.registry })).rejects.toThrow(
    `Metrics cannot listen on 127.0.0.1:${port}: the port is taken. Set METRICS_PORT or METRICS_HOST.`,
  );
});
