/**
 * `/v1/templates`: mail templates by name and version. Putting one makes its next version; what stands in a version
 * never changes. A preview shows what a send would be, or names every param it lacks.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { renderTemplate, type TemplateProblem } from '../stores/template-engine.ts';
import { openTemplateStore, TEMPLATE_NAME, type Template } from '../stores/template-store.ts';
import { accountFor } from './caller.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type FieldError, Problem, problemResponses } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { accountQuery } from './whose.ts';

const PLACE = 'the table of templates';
const LIST_MAX = 200;

const name = z
  .string()
  .regex(TEMPLATE_NAME, 'expected letters, digits, dots, dashes and underscores, 100 at most')
  .openapi({ example: 'password-reset' });
const version = z.coerce.number().int().min(1);
const security = [{ key: [] }];
const tags = ['Templates'];

const contentSchema = z
  .strictObject({
    subject: z.string().openapi({ example: 'Reset your password, {{ name }}' }),
    text: z.string().optional(),
    html: z.string().optional().openapi({ description: 'What params bring in is escaped' }),
  })
  .openapi('TemplateContent', {
    description:
      'Liquid; text, html or both. A param that may be absent stands in an `if` or has a `default`.',
  });
const storedSchema = z.object({ name: z.string(), version: z.int() });
const templateSchema = contentSchema
  .extend({ ...storedSchema.shape, createdAt: z.string() })
  .openapi('Template');
const summarySchema = storedSchema.extend({ subject: z.string(), updatedAt: z.string() });
const listSchema = z.object({ items: z.array(summarySchema), next: z.string().nullable() });

const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

const list = createRoute({
  method: 'get',
  path: '/v1/templates',
  tags,
  summary: 'The newest version of each template, by name',
  security,
  request: {
    query: accountQuery.extend({
      cursor: name.optional().openapi({ description: '`next` of the page before' }),
      limit: z.coerce.number().int().min(1).max(LIST_MAX).default(50),
    }),
  },
  responses: { 200: json(listSchema, 'One page'), ...problemResponses(401, 403, 422, 503) },
});

const read = createRoute({
  method: 'get',
  path: '/v1/templates/{name}',
  tags,
  summary: 'The newest version',
  security,
  request: { params: z.object({ name }), query: accountQuery },
  responses: { 200: json(templateSchema, 'The template'), ...problemResponses(401, 403, 404, 422, 503) },
});

const readVersion = createRoute({
  method: 'get',
  path: '/v1/templates/{name}/versions/{version}',
  tags,
  summary: 'One version',
  security,
  request: { params: z.object({ name, version }), query: accountQuery },
  responses: { 200: json(templateSchema, 'The template'), ...problemResponses(401, 403, 404, 422, 503) },
});

const put = createRoute({
  method: 'put',
  path: '/v1/templates/{name}',
  tags,
  summary: 'Keep it as the next version',
  security,
  request: {
    params: z.object({ name }),
    query: accountQuery,
    body: { required: true, content: { 'application/json': { schema: contentSchema } } },
  },
  responses: {
    200: json(storedSchema, 'The newest version is the very same already'),
    201: json(storedSchema, 'Kept'),
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});

const preview = createRoute({
  method: 'post',
  path: '/v1/templates/{name}/preview',
  tags,
  summary: 'What a send with these params would be',
  security,
  request: {
    params: z.object({ name }),
    query: accountQuery,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({
            version: version.optional(),
            params: z.record(z.string(), z.json()).default({}).openapi({ type: 'object' }),
          }),
        },
      },
    },
  },
  responses: {
    200: json(contentSchema.extend(storedSchema.shape), 'The rendered mail'),
    ...problemResponses(400, 401, 403, 404, 413, 415, 422, 503),
  },
});

const fieldError = ({ part, detail, line, column }: TemplateProblem): FieldError => ({
  field: part,
  detail: line === undefined ? detail : `line ${line}, column ${column}: ${detail}`,
});

function refusal(errors: FieldError[]): Problem {
  const detail = errors.map((error) => `${error.field}: ${error.detail}`).join('; ');
  return new Problem(422, 'invalid', detail, { errors });
}

const answerOf = ({ content, name, version, createdAt }: Template) => ({
  name,
  version,
  ...content,
  createdAt,
});

/** Adds the routes. */
export function addTemplates(app: OpenAPIHono, { aws, config, now }: ApiDependencies): void {
  const store = openTemplateStore(aws.dynamodb, config.tables.templates);

  async function find(wanted: {
    account: string;
    name: string;
    version?: number | undefined;
  }): Promise<Template> {
    const { version, ...id } = wanted;
    const asked = version === undefined ? id : { ...id, version };
    const template = await storeProblem(PLACE, () => store.get(asked));
    if (template !== undefined) return template;
    const which = version === undefined ? '' : ` in version ${version}`;
    throw new Problem(
      404,
      'not-found',
      `There is no template ${id.name}${which}. GET /v1/templates lists them.`,
    );
  }

  app.openapi(list, async (c) => {
    const { account, limit, cursor } = c.req.valid('query');
    const page = { account: accountFor(c, account), limit, ...(cursor !== undefined && { after: cursor }) };
    const { items, next } = await storeProblem(PLACE, () => store.list(page));
    return c.json({ items: items.map(({ account: _, ...item }) => item), next: next ?? null }, 200);
  });
  app.openapi(read, async (c) => {
    const template = await find({
      account: accountFor(c, c.req.valid('query').account),
      ...c.req.valid('param'),
    });
    return c.json(answerOf(template), 200);
  });
  app.openapi(readVersion, async (c) => {
    const template = await find({
      account: accountFor(c, c.req.valid('query').account),
      ...c.req.valid('param'),
    });
    return c.json(answerOf(template), 200);
  });
  app.openapi(put, async (c) => {
    const id = { account: accountFor(c, c.req.valid('query').account), ...c.req.valid('param') };
    const { subject, text, html } = c.req.valid('json');
    const content = { subject, ...(text !== undefined && { text }), ...(html !== undefined && { html }) };
    const stored = await storeProblem(PLACE, () => store.put({ ...id, content, now: new Date(now()) }));
    if (stored.kind === 'refused') throw refusal(stored.problems.map(fieldError));
    return c.json({ name: id.name, version: stored.version }, stored.kind === 'same' ? 200 : 201);
  });
  app.openapi(preview, async (c) => {
    const { version: wanted, params } = c.req.valid('json');
    const id = { account: accountFor(c, c.req.valid('query').account), ...c.req.valid('param') };
    const template = await find({ ...id, version: wanted });
    const rendering = renderTemplate(template.content, params);
    if (rendering.kind === 'rendered') {
      return c.json({ name: id.name, version: template.version, ...rendering.content }, 200);
    }
    const missing = rendering.missing.map((param) => ({ field: `params.${param}`, detail: 'is missing' }));
    throw refusal([...missing, ...rendering.problems.map(fieldError)]);
  });
}
