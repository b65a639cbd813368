/**
 * `/v1/suppressions`: addresses that get nothing from us. One by one as JSON; whole lists as CSV, in and out, as
 * streams.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { SUPPRESSION_REASONS, type Suppression } from '../mail/suppression.ts';
import { readSuppression, suppressedAddress, suppressionFields } from '../stores/suppression-fields.ts';
import { openSuppressionStore } from '../stores/suppression-store.ts';
import { accountFor } from './caller.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, problemResponses } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { accountQuery } from './whose.ts';

const PLACE = 'the suppression list';
const LIST_MAX = 1_000;

const security = [{ key: [] }];
const tags = ['Suppressions'];
const email = suppressedAddress.openapi({ type: 'string', example: 'alice@example.com' });

const entrySchema = z
  .object({
    email: z.string(),
    reason: z.enum(SUPPRESSION_REASONS),
    source: z.string().openapi({ description: 'Where the reason came from' }),
    createdAt: z.string(),
    expiresAt: z.string().optional().openapi({ description: 'Absent: it holds for ever' }),
  })
  .openapi('Suppression');

const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const list = createRoute({
  method: 'get',
  path: '/v1/suppressions',
  tags,
  summary: 'Suppressed addresses, in no order',
  description: 'What stands on the list of the account `default` holds for every account.',
  security,
  request: {
    query: accountQuery.extend({
      cursor: z.base64url().max(2_000).optional().openapi({ description: '`next` of the page before' }),
      limit: z.coerce.number().int().min(1).max(LIST_MAX).default(50),
    }),
  },
  responses: {
    200: json(z.object({ items: z.array(entrySchema), next: z.string().nullable() }), 'One page'),
    ...problemResponses(401, 403, 422, 503),
  },
});

const one = { params: z.object({ email }), query: accountQuery };

const read = createRoute({
  method: 'get',
  path: '/v1/suppressions/{email}',
  tags,
  summary: 'Why an address gets nothing',
  security,
  request: one,
  responses: { 200: json(entrySchema, 'The entry'), ...problemResponses(401, 403, 404, 422, 503) },
});

const put = createRoute({
  method: 'put',
  path: '/v1/suppressions/{email}',
  tags,
  summary: 'Suppress an address, over what the list says of it',
  security,
  request: {
    ...one,
    body: { required: false, content: { 'application/json': { schema: suppressionFields } } },
  },
  responses: {
    200: json(entrySchema, 'It stands on the list'),
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});

const remove = createRoute({
  method: 'delete',
  path: '/v1/suppressions/{email}',
  tags,
  summary: 'Let mail go to an address again',
  security,
  request: one,
  responses: { 204: { description: 'It is off the list' }, ...problemResponses(401, 403, 404, 422, 503) },
});

/** An entry as the API shows it. */
const viewOf = ({ address, reason, source, createdAt, expiresAt }: Suppression) => ({
  email: address,
  reason,
  source,
  createdAt,
  ...(expiresAt !== undefined && { expiresAt }),
});

const notListed = (address: string): Problem =>
  new Problem(404, 'not-found', `${address} is not on the list. GET /v1/suppressions shows who is.`);

/** Adds the routes for single addresses; add those of whole lists first, since `import` is no address. */
export function addSuppressions(app: OpenAPIHono, { aws, config, now }: ApiDependencies): void {
  const store = openSuppressionStore(aws.dynamodb, config.tables.suppressions);

  app.openapi(list, async (c) => {
    const { account, limit, cursor } = c.req.valid('query');
    const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
    const page = {
      account: accountFor(c, account),
      limit,
      now: new Date(now()),
      ...(after !== undefined && { after }),
    };
    const { items, next } = await storeProblem(PLACE, () => store.list(page));
    const further = next === undefined ? null : Buffer.from(next).toString('base64url');
    return c.json({ items: items.map(viewOf), next: further }, 200);
  });
  app.openapi(read, async (c) => {
    const where = {
      address: c.req.valid('param').email,
      account: accountFor(c, c.req.valid('query').account),
    };
    const entry = await storeProblem(PLACE, () => store.get({ ...where, now: new Date(now()) }));
    if (entry === undefined) throw notListed(where.address);
    return c.json(viewOf(entry), 200);
  });
  app.openapi(put, async (c) => {
    const account = accountFor(c, c.req.valid('query').account);
    const address = c.req.valid('param').email;
    const context = { account, source: 'api', now: new Date(now()) };
    const reading = readSuppression({ ...c.req.valid('json'), address }, context);
    if ('errors' in reading) {
      const { errors } = reading;
      throw new Problem(422, 'invalid', errors.map((e) => `${e.field}: ${e.detail}`).join('; '), { errors });
    }
    await storeProblem(PLACE, () => store.put([reading.entry]));
    return c.json(viewOf(reading.entry), 200);
  });
  app.openapi(remove, async (c) => {
    const where = {
      address: c.req.valid('param').email,
      account: accountFor(c, c.req.valid('query').account),
    };
    if (!(await storeProblem(PLACE, () => store.remove(where)))) throw notListed(where.address);
    return c.body(null, 204);
  });
}
