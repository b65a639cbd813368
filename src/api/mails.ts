/** `GET /v1/mails`: what came in, from Temporal visibility. `GET /v1/mails/{id}`: one mail and its timeline. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { shareAnswers } from './answer-sharing.ts';
import type { ApiDependencies } from './dependencies.ts';
import { listMails } from './mail-list.ts';
import { detailSchema, filterSchema, listSchema, type MailFilter } from './mail-schema.ts';
import { viewMail } from './mail-view.ts';
import { problemResponses } from './problems.ts';

/** Temporal answers few list calls a second, and every open page asks every 2 s. */
const LIST_KEEP_MS = 1_000;
const LISTS_MAX = 200;

const list = createRoute({
  method: 'get',
  path: '/v1/mails',
  tags: ['Mails'],
  summary: 'Mails, newest first',
  description:
    'An open mail stands at the time it was taken in, a closed one at the time it ended. A change shows after a moment.',
  security: [{ key: [] }],
  request: { query: filterSchema },
  responses: {
    200: { description: 'One page', content: { 'application/json': { schema: listSchema } } },
    ...problemResponses(401, 422, 429, 503),
  },
});

const one = createRoute({
  method: 'get',
  path: '/v1/mails/{id}',
  tags: ['Mails'],
  summary: 'One mail with its timeline',
  security: [{ key: [] }],
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'The mail', content: { 'application/json': { schema: detailSchema } } },
    ...problemResponses(401, 404, 429, 503, 504),
  },
});

/** Adds both routes. */
export function addMails(app: OpenAPIHono, dependencies: ApiDependencies): void {
  const { temporal, config, now } = dependencies;
  const ask = (filter: string) => listMails(temporal, config.name, JSON.parse(filter) as MailFilter);
  const shared = shareAnswers(ask, { forMs: LIST_KEEP_MS, keysMax: LISTS_MAX, now });

  app.openapi(list, async (c) => c.json(await shared(JSON.stringify(c.req.valid('query'))), 200));
  app.openapi(one, async (c) => c.json(await viewMail(dependencies, c.req.valid('param').id), 200));
}
