/**
 * What Everpost counts, and the page it is read from. The Temporal SDK keeps a page of its own on loopback; ours
 * shows both, so that Prometheus needs one target a process.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Histogram, Registry } from 'prom-client';

/** From a local relay's answer to the patience of rule 34. */
const DELIVERY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
/** The SDK's page is on this machine. */
const SDK_PAGE_MS = 2_000;

export type Metrics = {
  registry: Registry;
  count: {
    /** Once a mail, at its status after the last delivery. */
    mail(domain: string, status: string): void;
    /** One attempt at a delivery, from claim to outcome; `seconds` with fractions. */
    attempt(kind: string, outcome: string, seconds: number): void;
    /** Something that somebody must look at; `what` is one of a few fixed words. */
    alert(what: string): void;
    /** What the bridge did with one notice. */
    notice(domain: string, result: string): void;
    /** An outbound mail that was composed. Without a priority of its own it follows from the deadline. */
    payload(template: string | undefined, priority: number | undefined): void;
  };
};

/** What is counted of outbound mail, under the names of the system it replaces: without `_total`. */
function createSendCounters(registers: Registry[]) {
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const sent = counter('mails_sent', 'Recipients of outbound mail that a server accepted');
  const fails = counter('mails_fails', 'Recipients of outbound mail that a server refused for good');
  const template = counter('payload_template', 'Outbound mails by template', ['template']);
  const priority = counter('payload_priority', 'Outbound mails by the priority they asked for', ['priority']);
  return {
    attempt(outcome: string): void {
      if (outcome === 'delivered') sent.inc();
      if (outcome === 'refused') fails.inc();
    },
    payload(name: string | undefined, wanted: number | undefined): void {
      if (name !== undefined) template.inc({ template: name });
      priority.inc({ priority: wanted ?? 'none' });
    },
  };
}

/** Makes the counters of one process, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const mails = new Counter({
    name: 'emails_processed_total',
    help: 'Mails by domain and by their status after the last delivery',
    labelNames: ['domain', 'status'],
    registers,
  });
  const deliveries = new Histogram({
    name: 'delivery_seconds',
    help: 'Time of one attempt at a delivery, by its kind and outcome',
    labelNames: ['kind', 'outcome'],
    buckets: DELIVERY_SECONDS,
    registers,
  });
  const notices = new Counter({
    name: 'bridge_notices_total',
    help: 'Queue messages by domain and by what the bridge did with them',
    labelNames: ['domain', 'result'],
    registers,
  });
  const alerts = new Counter({
    name: 'alerts_total',
    help: 'Troubles of our own rather than of a mail',
    labelNames: ['what'],
    registers,
  });
  const sends = createSendCounters(registers);
  return {
    registry,
    count: {
      mail: (domain, status) => mails.inc({ domain, status }),
      attempt(kind, outcome, seconds) {
        deliveries.observe({ kind, outcome }, seconds);
        if (kind === 'send') sends.attempt(outcome);
      },
      alert: (what) => alerts.inc({ what }),
      notice: (domain, result) => notices.inc({ domain, result }),
      payload: sends.payload,
    },
  };
}

export type MetricsServer = { url: string; stop(): Promise<void> };

export type MetricsServerOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  registry: Registry;
  /** Address of the Temporal SDK's page, such as `http://127.0.0.1:9464/metrics`. */
  temporalMetricsUrl?: string;
};

/** The SDK's page; a comment in its place where it does not answer, so that our own figures still arrive. */
async function sdkPage(url: string | undefined): Promise<string> {
  if (url === undefined) return '';
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(SDK_PAGE_MS) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return await answer.text();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `# The Temporal SDK's metrics are missing: ${reason.replaceAll(/\s+/g, ' ')}\n`;
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(body);
}

/**
 * Serves `GET /metrics` and `GET /livez`. Rejects with a sentence that names the setting where it cannot listen.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, port, registry, temporalMetricsUrl } = options;
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/livez') return send(response, 200, 'application/json', '{"status":"up"}');
    if (path !== '/metrics') return send(response, 404, 'text/plain', 'GET /metrics or GET /livez\n');
    const [own, sdk] = await Promise.all([registry.metrics(), sdkPage(temporalMetricsUrl)]);
    send(response, 200, registry.contentType, `${own.trimEnd()}\n${sdk}`);
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain', 'GET only\n');
      return;
    }
    answer(path, response).catch((error: unknown) => send(response, 500, 'text/plain', `${String(error)}\n`));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(
        new Error(`Metrics cannot listen on ${host}:${port}: ${why}. Set METRICS_PORT or METRICS_HOST.`),
      );
    });
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
