/** `GET /v1/mails`: what came in, from Temporal visibility. `GET /v1/mails/{id}`: one mail and its timeline. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { shareAnswers } from './answer-sharing.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { listMails } from './mail-list.ts';
import { detailSchema, filterSchema, listSchema, type MailFilter } from './mail-schema.ts';
import { viewMail } from './mail-view.ts';
import { ownDomains } from './own-mails.ts';
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
export function addMails(app: OpenAPIHono, dependencies: ApiDependencies & AccountStores): void {
  const { temporal, config, now } = dependencies;
  const ask = (asked: string) => {
    const { filter, domains } = JSON.parse(asked) as { filter: MailFilter; domains?: string[] };
    return listMails(temporal, config.name, filter, domains);
  };
  const shared = shareAnswers(ask, { forMs: LIST_KEEP_MS, keysMax: LISTS_MAX, now });

  app.openapi(list, async (c) => {
    const domains = await ownDomains(c, dependencies);
    return c.json(await shared(JSON.stringify({ filter: c.req.valid('query'), domains })), 200);
  });
  app.openapi(one, async (c) => c.json(await viewMail(dependencies, c.req.valid('param').id), 200));
}
