/** The API on a real port: where it may listen, how a browser signs in, and how it ends. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/server.ts';
import { ConfigError } from '../../src/config-variables.ts';
import { type ApiWorld, KEY, openApiWorld } from './api-world.ts';

let world: ApiWorld;
let api: RunningApi;
const lines: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });

const start = (over: { host?: string; port?: number; apiKeys?: string[] } = {}): Promise<RunningApi> => {
  const { apiKeys = [KEY], host = '127.0.0.1', port = 0 } = over;
  const { aws, client, dependencies } = world;
  const parts = { temporal: client, aws, relays: dependencies.relays, startSend: dependencies.startSend };
  return startApi({ ...world.config, apiKeys, api: { host, port, publicUrl: '' } }, parts, log);
};
const cookieOf = (answer: Response): string => answer.headers.get('set-cookie') ?? '';
const signIn = (key: string, headers: Record<string, string> = { origin: api.url }): Promise<Response> =>
  fetch(`${api.url}/signin`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ key }),
    redirect: 'manual',
  });
const listWith = (cookie: string): Promise<Response> =>
  fetch(`${api.url}/v1/mails`, { headers: { cookie: cookie.split(';', 1)[0] as string } });

beforeAll(async () => {
  world = await openApiWorld();
  api = await start();
});
afterAll(async () => {
  await api.stop();
  await world.close();
});

describe('without a key', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.com'])(
    'it refuses to listen on %s and says why',
    async (host) => {
      const refused = start({ host, apiKeys: [] });
      await expect(refused).rejects.toThrow(ConfigError);
      await expect(refused).rejects.toThrow(/EVERPOST_API_KEYS.*loopback/);
    },
  );

  it('it listens on loopback', async () => {
    const open = await start({ apiKeys: [] });
    expect((await fetch(`${open.url}/v1/mails`)).status).toBe(200);
    await open.stop();
  });
});

it('a taken port is one clear sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  await expect(start({ port })).rejects.toThrow(
    `The API cannot listen on 127.0.0.1:${port}: the port is taken. Set API_PORT or API_HOST.`,
  );
  other.close();
});

describe('signing in', () => {
  it('with a key opens a session that lists mails', async () => {
    const answer = await signIn(KEY);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/');
    expect(cookieOf(answer)).toMatch(/HttpOnly/);
    expect(cookieOf(answer)).toMatch(/SameSite=Strict/);
    expect(cookieOf(answer)).toMatch(/Max-Age=604800/);
    expect(cookieOf(answer)).not.toMatch(/Secure/);
    expect((await listWith(cookieOf(answer))).status).toBe(200);
  });

  it('behind HTTPS keeps the cookie to HTTPS', async () => {
    const answer = await signIn(KEY, { origin: api.url, 'x-forwarded-proto': 'https' });
    expect(cookieOf(answer)).toMatch(/Secure/);
  });

  it('with a wrong key opens nothing', async () => {
    const answer = await signIn('wrong-key-0123456789');
    expect(answer.status).toBe(401);
    expect(cookieOf(answer)).toBe('');
    expect(await answer.text()).toContain('did not work');
  });

  it.each<Record<string, string>>([{}, { origin: 'https://evil.example' }])(
    'from %j is refused',
    async (headers) => {
      expect((await signIn(KEY, headers)).status).toBe(403);
    },
  );

  it('by a link works once, and not by a preview of it', async () => {
    const link = api.signInLink();
    await fetch(link, { method: 'HEAD' });
    const first = await fetch(link, { redirect: 'manual' });
    expect(first.status).toBe(303);
    expect((await listWith(cookieOf(first))).status).toBe(200);
    const second = await fetch(link, { redirect: 'manual' });
    expect(second.status).toBe(401);
    expect(cookieOf(second)).toBe('');
  });

  it('ends by signing out', async () => {
    const answer = await fetch(`${api.url}/signout`, {
      method: 'POST',
      headers: { origin: api.url },
      redirect: 'manual',
    });
    expect(answer.headers.get('location')).toBe('/signin');
    expect(cookieOf(answer)).toMatch(/Max-Age=0/);
  });
});

it('no key, session or link stands in the log', async () => {
  const link = api.signInLink();
  await fetch(link, { redirect: 'manual' });
  await fetch(`${api.url}/v1/mails`, { headers: { authorization: 'Bearer not-a-key-0123456789' } });
  expect(lines.length).toBeGreaterThan(0);
  const text = lines.join('');
  for (const secret of [KEY, 'not-a-key', link.split('/').at(-1) as string])
    expect(text).not.toContain(secret);
});

it('streams a large mail, and outlives a client that goes away in the middle of it', async () => {
  const bytes = Buffer.alloc(20 * 1024 * 1024, 'Subject: large\r\n\r\n');
  const id = await world.startMail();
  const Key = id.split(':')[2];
  await world.aws.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key, Body: bytes }));
  const headers = { authorization: `Bearer ${KEY}` };
  const leaving = new AbortController();
  const cut = await fetch(`${api.url}/v1/mails/${id}/mime`, { headers, signal: leaving.signal });
  await cut.body?.getReader().read();
  leaving.abort();
  const whole = await fetch(`${api.url}/v1/mails/${id}/mime`, { headers });
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
});

it('stops although a client keeps its connection open, and frees the port', async () => {
  const short = await start();
  await fetch(`${short.url}/livez`);
  await short.stop();
  await expect(fetch(`${short.url}/livez`)).rejects.toThrow();
  const again = await start({ port: Number(new URL(short.url).port) });
  await again.stop();
});
