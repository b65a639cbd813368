/** `/v1/suppressions/import` and `/export`: whole lists as CSV, streamed, with every bad row named. */
import { Readable } from 'node:stream';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { exportSuppressions, type ImportReport, importSuppressions } from '../stores/suppression-csv.ts';
import { openSuppressionStore } from '../stores/suppression-store.ts';
import { LIST_BYTES_MAX, tooLarge } from './body-limits.ts';
import { accountFor } from './caller.ts';
import type { ApiDependencies } from './dependencies.ts';
import { Problem, problemResponses } from './problems.ts';
import { counted, withSpooled } from './spool.ts';
import { storeProblem } from './store-problem.ts';
import { accountQuery } from './whose.ts';

const PLACE = 'the suppression list';

const security = [{ key: [] }];
const tags = ['Suppressions'];
const csv = { 'text/csv': { schema: z.string() } };

const reportSchema = z
  .object({
    rows: z.int().openapi({ description: 'Below the header' }),
    imported: z.int(),
    refused: z.int(),
    errors: z
      .array(z.object({ row: z.int(), column: z.string().optional(), detail: z.string() }))
      .openapi({ description: 'The first hundred; `row` 1 is the header' }),
  })
  .openapi('ImportReport');

const importRoute = createRoute({
  method: 'post',
  path: '/v1/suppressions/import',
  tags,
  summary: 'Suppress all addresses of a CSV file',
  description:
    'Columns: `email`, and if wanted `reason`, `source`, `created_at`, `expires_at`; no cell holds a line break. ' +
    'With a bad row, `abort` keeps nothing and answers 422; `skip` keeps the good rows.',
  security,
  request: {
    query: accountQuery.extend({ onError: z.enum(['abort', 'skip']).default('abort') }),
    body: { required: true, content: csv },
  },
  responses: {
    200: { description: 'What came of it', content: { 'application/json': { schema: reportSchema } } },
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});

const exportRoute = createRoute({
  method: 'get',
  path: '/v1/suppressions/export',
  tags,
  summary: 'The whole list as CSV, which imports again',
  security,
  request: { query: accountQuery },
  responses: { 200: { description: 'The list', content: csv }, ...problemResponses(401, 403, 422, 503) },
});

/** What `abort` answers: each row as a field. */
function refusal({ rows, refused, problems }: ImportReport): Problem {
  const detail = `${refused} of ${rows} rows are not usable, so nothing was imported. Mend them, or send ?onError=skip.`;
  const errors = problems.map((problem) => ({
    field:
      problem.column === undefined ? `row ${problem.row}` : `row ${problem.row}, column ${problem.column}`,
    detail: problem.detail,
  }));
  return new Problem(422, 'invalid', detail, { errors });
}

/** The body, refused before a byte of it is read where its length says enough. */
function bodyOf(request: Request): AsyncIterable<Uint8Array> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^text\/csv(;|$)/i.test(type))
    throw new Problem(415, 'media-type', 'Send the list with Content-Type: text/csv.');
  if (Number(request.headers.get('content-length') ?? 0) > LIST_BYTES_MAX) throw tooLarge(LIST_BYTES_MAX);
  if (request.body === null) throw new Problem(400, 'malformed', 'The body is empty. Send the list as CSV.');
  return counted(request.body, LIST_BYTES_MAX);
}

/** Adds both routes. */
export function addSuppressionLists(app: OpenAPIHono, { aws, config, now }: ApiDependencies): void {
  const store = openSuppressionStore(aws.dynamodb, config.tables.suppressions);

  app.openapi(importRoute, async (c) => {
    const { account, onError } = c.req.valid('query');
    const context = { account: accountFor(c, account), source: 'import', now: new Date(now()) };
    const body = bodyOf(c.req.raw);
    const read = (open: () => AsyncIterable<Uint8Array>) =>
      storeProblem(PLACE, () => importSuppressions({ store, open, onError, context }));
    const report = onError === 'skip' ? await read(() => body) : await withSpooled(body, read);
    if (onError === 'abort' && report.refused > 0) throw refusal(report);
    const { problems, ...numbers } = report;
    return c.json({ ...numbers, errors: problems }, 200);
  });

  app.openapi(exportRoute, async (c) => {
    const account = accountFor(c, c.req.valid('query').account);
    const lines = exportSuppressions(store, { account, now: new Date(now()) });
    return new Response(Readable.toWeb(Readable.from(lines, { objectMode: false })) as ReadableStream, {
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="suppressions-${account}.csv"`,
        'cache-control': 'no-store',
      },
    });
  });
}
