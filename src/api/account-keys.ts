/**
 * `/v1/keys`: API keys of accounts. A key is told once, when it is made. A key with the scope `admin` manages those
 * of its own account, the deployment's own keys those of all.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type KeyRecord, SCOPES } from '../stores/key-store.ts';
import { accountName } from '../stores/send-request.ts';
import { accountFor } from './caller.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { invalidField, Problem, problemResponses } from './problems.ts';
import { storeProblem } from './store-problem.ts';

const PLACE = 'the table of keys';

const keySchema = z
  .object({
    id: z.string().openapi({ description: 'SHA-256 of the key' }),
    account: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    name: z.string(),
    createdAt: z.string(),
    revokedAt: z.string().optional(),
  })
  .openapi('Key');

const wantedSchema = z
  .strictObject({
    account: accountName.optional().openapi({ description: 'Of the caller where it is left out' }),
    scopes: z.array(z.enum(SCOPES)).min(1),
    name: z.string().trim().min(1).max(100).openapi({ description: 'For people: who uses it, and for what' }),
  })
  .openapi('NewKey');

const security = [{ key: [] }];
const tags = ['Keys'];

const create = createRoute({
  method: 'post',
  path: '/v1/keys',
  tags,
  summary: 'Make a key',
  security,
  request: { body: { required: true, content: { 'application/json': { schema: wantedSchema } } } },
  responses: {
    201: {
      description: 'The key; it is told here and never again',
      content: { 'application/json': { schema: keySchema.extend({ key: z.string() }) } },
    },
    ...problemResponses(400, 401, 403, 404, 413, 415, 422, 429, 503),
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/keys',
  tags,
  summary: 'Keys, oldest first, revoked ones included',
  security,
  request: { query: z.strictObject({ account: accountName.optional() }) },
  responses: {
    200: {
      description: 'All of them',
      content: {
        'application/json': { schema: z.object({ items: z.array(keySchema), next: z.null() }) },
      },
    },
    ...problemResponses(401, 403, 404, 422, 429, 503),
  },
});

const revoke = createRoute({
  method: 'delete',
  path: '/v1/keys/{id}',
  tags,
  summary: 'End a key for good; it may work for five more seconds',
  security,
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'It is revoked', content: { 'application/json': { schema: keySchema } } },
    ...problemResponses(401, 403, 404, 429, 503),
  },
});

const shown = ({ hash, ...record }: KeyRecord) => ({ id: hash, ...record });

/** Adds the three routes. */
export function addAccountKeys(
  app: OpenAPIHono,
  { keyStore, accounts }: ApiDependencies & AccountStores,
): void {
  app.openapi(create, async (c) => {
    const { account: named, scopes, name } = c.req.valid('json');
    const account = accountFor(c, named);
    if ((await storeProblem('the table of accounts', () => accounts.find(account))) === undefined)
      throw invalidField('account', `there is no account ${account}; PUT /v1/budgets/${account} makes one`);
    const made = await storeProblem(PLACE, () => keyStore.create({ account, scopes, name }));
    return c.json({ ...shown(made), key: made.key }, 201);
  });

  app.openapi(list, async (c) => {
    const { account: named } = c.req.valid('query');
    const own = c.get('caller').account;
    const account = named === undefined ? own : accountFor(c, named);
    const records = await storeProblem(PLACE, () => keyStore.list(account));
    return c.json({ items: records.map(shown), next: null }, 200);
  });

  app.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param');
    const revoked = await storeProblem(PLACE, () => keyStore.revoke(id, c.get('caller').account));
    if (revoked === undefined)
      throw new Problem(404, 'not-found', 'No key has this id. GET /v1/keys lists them.');
    return c.json(shown(revoked), 200);
  });
}
