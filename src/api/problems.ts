/**
 * Every error of the API as an RFC 9457 problem: what is wrong, where, and what to do about it. Nothing inside a
 * failure (stack, key, mail text) reaches the outside; what nobody foresaw is logged and answered without detail.
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Logger } from 'pino';

/** What is wrong with one field of a request; `field` is a path such as `recipients.0`. */
export type FieldError = { field: string; detail: string };

/** The names stand in `type` behind `urn:everpost:problem:` and never change their meaning. */
const TITLES = {
  malformed: 'The request cannot be read',
  invalid: 'A value in the request is not usable',
  unauthorized: 'A key is needed',
  'scope-missing': 'The key may not do this',
  'cross-site': 'The request comes from another site',
  'not-found': 'There is nothing at this address',
  'body-too-large': 'The request is too large',
  'media-type': 'The body is of a type that is not taken here',
  closed: 'The mail is closed',
  'not-changeable': 'It cannot be changed any more',
  'not-held': 'Temporal no longer holds this mail',
  'bytes-gone': 'The stored mail is gone',
  'too-many-requests': 'Too many requests',
  'temporal-unavailable': 'Temporal cannot be reached',
  'worker-silent': 'No worker answers',
  'store-unavailable': 'AWS cannot be reached',
  'key-reused': 'The idempotency key was used for another request',
  internal: 'Something went wrong here',
} as const;

export type ProblemName = keyof typeof TITLES;

export const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:everpost:problem:invalid' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem');

type ProblemOptions = { errors?: FieldError[]; headers?: Record<string, string>; cause?: unknown };

/** Thrown anywhere below a route; answered by `answerError`. `detail` says what happened and what to do. */
export class Problem extends Error {
  override name = 'Problem';
  readonly status: ContentfulStatusCode;
  readonly problem: ProblemName;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: ContentfulStatusCode,
    problem: ProblemName,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.problem = problem;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }

  /** The answer. */
  respond(): Response {
    const body: z.infer<typeof problemSchema> = {
      type: `urn:everpost:problem:${this.problem}`,
      title: TITLES[this.problem],
      status: this.status,
      detail: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...this.headers },
    });
  }
}

/** The problem that one bad field is. 422: the request was understood, a value in it was not. */
export const invalidField = (field: string, detail: string): Problem =>
  new Problem(422, 'invalid', `${field}: ${detail}`, { errors: [{ field, detail }] });

/** Answers what zod refused; the hook of every validated route. */
export function refuseInvalid(
  result: { success: true } | { success: false; error: z.ZodError },
): Response | undefined {
  if (result.success) return undefined;
  const errors = result.error.issues.map((issue) => ({
    field: issue.path.join('.') || '(all)',
    detail: issue.message,
  }));
  const first = errors[0];
  const detail = first === undefined ? 'The request is not usable.' : `${first.field}: ${first.detail}`;
  return new Problem(422, 'invalid', detail, { errors }).respond();
}

const FROM_FRAMEWORK: Record<number, ProblemName> = {
  400: 'malformed',
  404: 'not-found',
  413: 'body-too-large',
  415: 'media-type',
};

/** What the framework refused by itself: a body that is no JSON, of another type, or too large. */
function fromFramework(error: HTTPException): Problem {
  const name = FROM_FRAMEWORK[error.status] ?? 'malformed';
  const advice: Partial<Record<ProblemName, string>> = {
    malformed: `${error.message}. Send JSON, or no body and no Content-Type at all.`,
    'media-type': 'Send the body with Content-Type: application/json.',
  };
  return new Problem(error.status, name, advice[name] ?? error.message);
}

/** Turns whatever was thrown into a problem. Unforeseen errors are logged with the request's method and path. */
export function answerError(error: unknown, c: Context, log: Logger): Response {
  const problem =
    error instanceof Problem
      ? error
      : error instanceof HTTPException
        ? fromFramework(error)
        : new Problem(500, 'internal', 'The failure is in the log of the API. Try again, then look there.');
  if (problem.status >= 500) {
    const cause = error instanceof Problem ? error.cause : error;
    // A sign-in link is as good as a key until it is used.
    const path = c.req.path.replace(/^\/signin\/.*/, '/signin/…');
    log.error({ event: 'api.failed', method: c.req.method, path, err: cause }, problem.message);
  }
  return problem.respond();
}

/** Answers a path that no route has. */
export const answerUnknown = (c: Context): Response =>
  new Problem(404, 'not-found', `${c.req.method} ${c.req.path} is no route; /docs lists them.`).respond();

const content = { 'application/problem+json': { schema: problemSchema } };

/** The problems a route may answer with, for its description. */
export const problemResponses = <S extends number>(
  ...statuses: S[]
): Record<S, { description: string; content: typeof content }> =>
  Object.fromEntries(statuses.map((status) => [status, { description: 'A problem', content }])) as Record<
    S,
    { description: string; content: typeof content }
  >;

/** A 404 problem: this deployment has no such mail. */
export const unknownMail = (): Problem =>
  new Problem(404, 'not-found', 'No mail has this id. GET /v1/mails lists those there are.');
