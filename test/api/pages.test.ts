/** The pages for people, and the documents: strict policy, nothing inline, nothing from elsewhere. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, openApiWorld } from './api-world.ts';

type Operation = { responses: Record<string, unknown>; security?: unknown[] };
type Document = { openapi: string; paths: Record<string, Record<string, Operation>>; components: object };

let world: ApiWorld;
const PAGES = ['/', '/mails/mail:example.com:x', '/signin', '/docs'];

beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

describe.each(PAGES)('the page %s', (path) => {
  it('allows scripts and styles of our own only', async () => {
    const answer = await world.app.request(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('has nothing inline and loads only what is served here', async () => {
    const html = await (await world.app.request(path)).text();
    expect(html).not.toMatch(/\son\w+=|style=|<style|<script(?![^>]*\ssrc=)|https?:\/\//i);
    const loaded = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1] as string);
    expect(loaded.length).toBeGreaterThan(1);
    for (const file of loaded) expect((await world.app.request(file)).status, file).not.toBe(404);
  });
});

it.each(['mails.js', 'mail.js', 'elements.js'])('%s never parses text as HTML', async (name) => {
  const answer = await world.app.request(`/page/${name}`);
  expect(answer.headers.get('content-type')).toContain('javascript');
  expect(await answer.text()).not.toMatch(
    /innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(/,
  );
});

it.each(['/page/../app.ts', '/page/%2e%2e%2fapp.ts', '/page/mails.html', '/docs/package.json'])(
  '%s is not served',
  async (path) => {
    expect((await world.app.request(path)).status).toBe(404);
  },
);

it('the element ids that the scripts name are in their pages', () => {
  const read = (name: string) =>
    readFileSync(fileURLToPath(new URL(`../../src/api/page/${name}`, import.meta.url)), 'utf8');
  for (const page of ['mails', 'mail']) {
    const html = read(`${page}.html`);
    for (const [, name] of read(`${page}.js`).matchAll(/(?:byId|say)\('([\w-]+)'/g)) {
      expect(html, `${page}.html has #${name}`).toContain(`id="${name}"`);
    }
  }
});

describe('/openapi.json', () => {
  let document: Document;
  beforeAll(async () => {
    document = (await (await world.app.request('/openapi.json')).json()) as Document;
  });

  it('describes every route under /v1, with the key and its problems', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const routes = world.app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const guarded = described.filter(({ path }) => path.startsWith('/v1/'));
    expect(guarded.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(
      [...new Set(routes)].sort(),
    );
    for (const { operation } of guarded) {
      expect(operation.security).toEqual([{ key: [] }]);
      expect(Object.keys(operation.responses)).toContain('401');
    }
  });

  it('is OpenAPI 3.1 with the security scheme that it names', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.components).toMatchObject({
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    });
  });
});
