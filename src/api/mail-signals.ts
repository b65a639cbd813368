/**
 * `POST /v1/mails/{id}/resend|hold|release|cancel`: what people ask of one mail, as signals to its workflow. A closed
 * mail is opened again by resend and release: a new run of the same id, which starts from what the ledger says.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import {
  cancelSignal,
  holdSignal,
  MAIL_WORKFLOW,
  type MailInput,
  type ResendRequest,
  releaseSignal,
  resendSignal,
  SEARCH_ATTRIBUTES,
} from '../../workflows/messages.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type FoundMail, findMail } from './mail-lookup.ts';
import { requireStored } from './mail-mime.ts';
import { emptySchema, resendSchema } from './mail-schema.ts';
import { Problem, problemResponses, unknownMail } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { askServer } from './temporal-call.ts';

type Request =
  | { ask: 'resend'; request: ResendRequest }
  | { ask: 'release' }
  | { ask: 'hold' }
  | { ask: 'cancel' };

type Held = NonNullable<FoundMail['held']>;

const SIGNALS = { hold: holdSignal, release: releaseSignal, cancel: cancelSignal };

/** Signals the running workflow. False when it has closed meanwhile. */
async function signalOpen({ temporal }: ApiDependencies, id: string, asked: Request): Promise<boolean> {
  const handle = temporal.workflow.getHandle(id);
  try {
    await askServer(temporal, () =>
      asked.ask === 'resend' ? handle.signal(resendSignal, asked.request) : handle.signal(SIGNALS[asked.ask]),
    );
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return false;
    throw error;
  }
}

/** Starts a new run of a closed mail together with the signal; where another caller was first, only signals. */
async function openAgain(
  { temporal, ledger }: ApiDependencies,
  { id, stored }: FoundMail,
  { description, input }: Held,
  asked: Request & { ask: 'resend' | 'release' },
): Promise<void> {
  const rows = await storeProblem('the ledger', () => ledger.rows(`${stored.bucket}/${stored.key}`));
  const reopened: MailInput = { ...input, reopenedAt: Math.max(0, ...rows.map((row) => row.generation)) + 1 };
  const ours = new Set(SEARCH_ATTRIBUTES.map((key) => key.name));
  const summary = await description.staticSummary();
  const start = {
    workflowId: id,
    taskQueue: description.taskQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    args: [reopened],
    // The bridge compares the recipients' digest in the memo, and lists read the attributes: both stay true.
    memo: description.memo ?? {},
    typedSearchAttributes: description.typedSearchAttributes.getAll().filter(({ key }) => ours.has(key.name)),
    ...(summary === undefined ? {} : { staticSummary: summary }),
  };
  await askServer(temporal, () =>
    asked.ask === 'resend'
      ? temporal.workflow.signalWithStart(MAIL_WORKFLOW, {
          ...start,
          signal: resendSignal,
          signalArgs: [asked.request],
        })
      : temporal.workflow.signalWithStart(MAIL_WORKFLOW, { ...start, signal: releaseSignal, signalArgs: [] }),
  );
}

async function requireHeld({ ledger }: ApiDependencies, { stored, held }: FoundMail): Promise<Held> {
  if (held !== undefined) return held;
  const rows = await storeProblem('the ledger', () => ledger.rows(`${stored.bucket}/${stored.key}`));
  if (rows.length === 0) throw unknownMail();
  throw new Problem(
    409,
    'not-held',
    'It ended longer ago than Temporal keeps mails. Put its notice on the queue again: the ledger sees to it that ' +
      'what was accepted is not sent twice.',
  );
}

async function ask(dependencies: ApiDependencies, id: string, asked: Request): Promise<void> {
  const mail = await findMail(dependencies.temporal, dependencies.config, id);
  const held = await requireHeld(dependencies, mail);
  if (asked.ask === 'resend') await requireStored(dependencies, mail.stored);
  const isOpen = held.description.closeTime === undefined;
  if (isOpen && (await signalOpen(dependencies, id, asked))) return;
  if (asked.ask === 'hold' || asked.ask === 'cancel') {
    throw new Problem(
      409,
      'closed',
      `The mail has ended, so there is nothing to ${asked.ask}. POST …/resend opens it again.`,
    );
  }
  if (asked.ask === 'release') await requireStored(dependencies, mail.stored);
  await openAgain(dependencies, mail, held, asked);
}

const describeRoute = <A extends string, S extends z.ZodType>(asked: A, summary: string, schema: S) =>
  createRoute({
    method: 'post',
    path: `/v1/mails/{id}/${asked}` as const,
    tags: ['Mails'],
    summary,
    security: [{ key: [] }],
    request: {
      params: z.object({ id: z.string() }),
      body: { required: false, content: { 'application/json': { schema } } },
    },
    responses: {
      202: {
        description: 'Temporal has it; the timeline shows what comes of it',
        content: { 'application/json': { schema: z.object({ id: z.string() }) } },
      },
      ...problemResponses(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    },
  });

const resend = describeRoute(
  'resend',
  'Send again: all that is not delivered, or what the body names',
  resendSchema,
);
const simple = [
  { ask: 'hold', route: describeRoute('hold', 'Send nothing until it is released', emptySchema) },
  {
    ask: 'release',
    route: describeRoute('release', 'Let it go on, and try now what is deferred', emptySchema),
  },
  {
    ask: 'cancel',
    route: describeRoute('cancel', 'Give up what is not delivered, and close it', emptySchema),
  },
] as const;

/** Adds the four routes. */
export function addMailSignals(app: OpenAPIHono, dependencies: ApiDependencies): void {
  app.openapi(resend, async (c) => {
    const { id } = c.req.valid('param');
    const { id: requestId, recipients, to, all } = c.req.valid('json');
    const request: ResendRequest = {
      ...(requestId === undefined ? {} : { id: requestId }),
      ...(recipients === undefined ? {} : { recipients }),
      ...(to === undefined ? {} : { to }),
      ...(all === undefined ? {} : { all }),
    };
    await ask(dependencies, id, { ask: 'resend', request });
    return c.json({ id }, 202);
  });
  for (const { ask: asked, route } of simple) {
    app.openapi(route, async (c) => {
      const { id } = c.req.valid('param');
      await ask(dependencies, id, { ask: asked });
      return c.json({ id }, 202);
    });
  }
}
