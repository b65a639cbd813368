/**
 * `GET /v1/mails/{id}/mime`: the stored bytes, as they came, streamed as an attachment so that no browser ever shows
 * them as a page of ours. 410 where they are gone.
 */
import { Readable } from 'node:stream';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { bucketOf } from '../config.ts';
import { ObjectGone } from '../stores/mail-store.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type FoundMail, findMail, type StoredAt } from './mail-lookup.ts';
import { Problem, problemResponses, unknownMail } from './problems.ts';
import { storeProblem } from './store-problem.ts';

/** A 410 problem: the mail is known, its bytes are not there any more. */
export const bytesGone = ({ bucket, key }: StoredAt): Problem =>
  new Problem(
    410,
    'bytes-gone',
    `The bucket ${bucket} has no object ${key} any more: it was deleted by a lifecycle rule, by hand, or because ` +
      'the mail was blocked for all its recipients. It cannot be shown or sent again.',
  );

/**
 * Head of the stored mail. Throws 410 where its bytes are gone, and refuses (404) buckets that are not of the served
 * domains, whatever a workflow was started with.
 */
export async function requireStored(
  { config, mailStore }: Pick<ApiDependencies, 'config' | 'mailStore'>,
  stored: StoredAt,
) {
  if (!config.domains.some((domain) => bucketOf(config, domain) === stored.bucket)) throw unknownMail();
  const head = await storeProblem('S3', () => mailStore.head(stored.bucket, stored.key));
  if (head === undefined) throw bytesGone(stored);
  return head.ref;
}

const route = createRoute({
  method: 'get',
  path: '/v1/mails/{id}/mime',
  tags: ['Mails'],
  summary: 'The stored mail, byte for byte',
  security: [{ key: [] }],
  request: { params: z.object({ id: z.string() }) },
  responses: {
    200: { description: 'The mail', content: { 'message/rfc822': { schema: z.string() } } },
    ...problemResponses(401, 404, 410, 503),
  },
});

/** Whether neither Temporal nor ledger has ever heard of the mail: then nothing is gone, there was no such mail. */
async function wasNever(
  { ledger }: Pick<ApiDependencies, 'ledger'>,
  { held, stored }: FoundMail,
): Promise<boolean> {
  if (held !== undefined) return false;
  const rows = await storeProblem('DynamoDB', () => ledger.rows(`${stored.bucket}/${stored.key}`));
  return rows.length === 0;
}

const fileName = (messageId: string): string =>
  `${messageId.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 150)}.eml`;

/** Adds the route. */
export function addMime(app: OpenAPIHono, dependencies: ApiDependencies): void {
  const { temporal, config, mailStore } = dependencies;
  app.openapi(route, async (c) => {
    const mail = await findMail(temporal, config, c.req.valid('param').id);
    const ref = await requireStored(dependencies, mail.stored).catch(async (error: unknown) => {
      const isGone = error instanceof Problem && error.status === 410;
      throw isGone && (await wasNever(dependencies, mail)) ? unknownMail() : error;
    });
    const headers = {
      'content-type': 'message/rfc822',
      'content-length': String(ref.sizeBytes),
      'content-disposition': `attachment; filename="${fileName(mail.messageId)}"`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    };
    // The body of a HEAD request is never read, and would keep its connection to S3.
    if (c.req.method === 'HEAD') return new Response(null, { headers });
    const bytes = await storeProblem('S3', () =>
      mailStore.body(ref).catch((error: unknown) => {
        throw error instanceof ObjectGone ? bytesGone(mail.stored) : error;
      }),
    );
    return new Response(Readable.toWeb(bytes) as ReadableStream, { headers });
  });
}
