/** `GET /openapi.json`: what the API takes and gives. `GET /docs`: the same for people, by Swagger UI, served from here. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { serveFile, servePage } from './page.ts';

const SWAGGER_FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** Adds both; call it after all other routes. `version` is the program's. */
export function addDocs(app: OpenAPIHono, version: string): void {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  app.openAPIRegistry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' });
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Everpost',
      version,
      description:
        'Every mail is one Temporal workflow; an item’s `id` is its workflow id, and what the other calls take. ' +
        'Errors are RFC 9457 problems.',
    },
  });
  app.get('/docs', (c) => servePage(c, 'docs.html'));
  app.get('/docs/start.js', (c) => servePage(c, 'docs.js'));
  app.get('/docs/style.css', (c) => servePage(c, 'docs.css'));
  for (const name of SWAGGER_FILES) app.get(`/docs/${name}`, (c) => serveFile(c, join(folder, name)));
}
