/**
 * The pages for people: `/` (latest mails, live) and `/mails/{id}` (one mail), with their script and style. Plain
 * files without data in them; what they show comes from /v1 with the session of whoever looks.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Scripts and styles of our own only, none inline; no frames, no other site. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
};

/** Answers with the file at `path`, under the pages' security policy. */
export async function serveFile(
  c: Context,
  path: string,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return c.body(await readFile(path), status, {
    'content-type': type,
    'content-security-policy': PAGE_POLICY,
    'cache-control': 'no-cache',
  });
}

/** Answers with one of our own pages. */
export const servePage = (c: Context, name: string, status: ContentfulStatusCode = 200): Promise<Response> =>
  serveFile(c, fileURLToPath(new URL(`./page/${name}`, import.meta.url)), status);

const FILES = ['style.css', 'mails.js', 'mail.js', 'elements.js', 'icon.svg'];

/** Adds the pages. */
export function addPages(app: OpenAPIHono): void {
  app.get('/', (c) => servePage(c, 'mails.html'));
  app.get('/mails/:id', (c) => servePage(c, 'mail.html'));
  for (const name of FILES) app.get(`/page/${name}`, (c) => servePage(c, name));
}
