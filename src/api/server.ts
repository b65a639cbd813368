/**
 * Starts the API on its port. Without any key it listens on loopback only: what it can do to mail must not be open
 * to a network by an oversight.
 */
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { ConfigError } from '../config-variables.ts';
import { openLedger } from '../stores/ledger.ts';
import { openMailStore } from '../stores/mail-store.ts';
import { createApp } from './app.ts';
import { isLoopback } from './auth.ts';
import type { ApiDependencies, AwsClients } from './dependencies.ts';
import { openKeys } from './keys.ts';

export type ApiParts = {
  temporal: Client;
  aws: AwsClients;
  relays: ApiDependencies['relays'];
  startSend: ApiDependencies['startSend'];
  /** Address of the Temporal Web UI, for links. */
  webUiUrl?: string;
};

export type RunningApi = {
  url: string;
  /** A fresh address that signs a browser in once, within an hour. Only where there is a key. */
  signInLink(): string;
  /** Refuses new requests, lets those under way end for a moment, resolves when the port is free. */
  stop(): Promise<void>;
};

/** Requests under way, such as a download, may still take this long when the API stops. */
const STOP_MS = 2_000;

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
      reject(new Error(`The API cannot listen on ${host}:${port}: ${why}. Set API_PORT or API_HOST.`));
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * Listens on `config.api`. Throws ConfigError without a key on anything but loopback, and an error that names the
 * port where it is taken. Clients and relays stay the caller's.
 */
export async function startApi(config: Config, parts: ApiParts, log: Logger): Promise<RunningApi> {
  const { host, port } = config.api;
  const keys = openKeys(config.apiKeys, config.secrets);
  if (!keys.any && !isLoopback(host)) {
    throw new ConfigError(
      `API_HOST: read ${JSON.stringify(host)} while EVERPOST_API_KEYS is empty; without a key the API listens on ` +
        'loopback only. Expected a comma list of keys of 16 characters or more, or API_HOST 127.0.0.1.',
    );
  }
  const { webUiUrl, ...rest } = parts;
  const app = createApp({
    ...rest,
    ...(webUiUrl === undefined ? {} : { webUiUrl: webUiUrl.replace(/\/+$/, '') }),
    config,
    ledger: openLedger(parts.aws.dynamodb, config.tables.deliveries),
    // Nothing is kept: whether the bytes are still there is asked for each resend.
    mailStore: openMailStore(parts.aws.s3, { cacheBytes: 0 }),
    keys,
    now: Date.now,
    log,
  });
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const bound = await listen(server, host, port);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  log.info({ event: 'api.listening', url, keys: config.apiKeys.length });
  return {
    url,
    signInLink: () => `${url}/signin/${keys.issueLink(Date.now())}`,
    stop: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), STOP_MS);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
