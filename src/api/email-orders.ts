/**
 * `/v1/emails/{id}`: where an outbound mail stands, and what may be asked of it while it waits: change, hold,
 * release, cancel. Another account's mail is not found.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { Context } from 'hono';
import { cancelSignal, holdSignal, releaseSignal, taskQueues } from '../../workflows/messages.ts';
import {
  changeUpdate,
  SEND_WORKFLOW,
  type SendChange,
  type SendMemo,
  type SendView,
  sendStateQuery,
} from '../../workflows/send-messages.ts';
import { mayTouch } from './caller.ts';
import type { ApiDependencies } from './dependencies.ts';
import { changeSchema, sendViewSchema } from './email-schema.ts';
import { emptySchema } from './mail-schema.ts';
import { Problem, problemResponses } from './problems.ts';
import { askServer, askWorker } from './temporal-call.ts';

const SIGNALS = { hold: holdSignal, release: releaseSignal, cancel: cancelSignal };
type Order = keyof typeof SIGNALS;

const security = [{ key: [] }];
const params = z.object({ id: z.string().openapi({ example: 'send:0f3c…' }) });
const view = { description: 'Where it stands', content: { 'application/json': { schema: sendViewSchema } } };

const one = createRoute({
  method: 'get',
  path: '/v1/emails/{id}',
  tags: ['Emails'],
  summary: 'Where a mail stands',
  security,
  request: { params },
  responses: { 200: view, ...problemResponses(401, 403, 404, 429, 503, 504) },
});

const change = createRoute({
  method: 'patch',
  path: '/v1/emails/{id}',
  tags: ['Emails'],
  summary: 'Change when and how urgently it goes, while it waits',
  security,
  request: { params, body: { required: true, content: { 'application/json': { schema: changeSchema } } } },
  responses: { 200: view, ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 504) },
});

const describeOrder = <A extends Order>(order: A, summary: string) =>
  createRoute({
    method: 'post',
    path: `/v1/emails/{id}/${order}` as const,
    tags: ['Emails'],
    summary,
    security,
    request: { params, body: { required: false, content: { 'application/json': { schema: emptySchema } } } },
    responses: {
      202: {
        description: 'Temporal has it; the timeline shows what comes of it',
        content: { 'application/json': { schema: z.object({ id: z.string() }) } },
      },
      ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
  });

const orders = [
  { order: 'hold', route: describeOrder('hold', 'Send nothing until it is released') },
  { order: 'release', route: describeOrder('release', 'Let it go on, and try now what is deferred') },
  { order: 'cancel', route: describeOrder('cancel', 'Give up what has not gone out') },
] as const;

const unknownSend = (): Problem =>
  new Problem(404, 'not-found', 'No outbound mail has this id. POST /v1/emails answers with the id.');

const closed = (what: string): Problem =>
  new Problem(
    409,
    'closed',
    `The mail has ended, so there is nothing to ${what}. GET /v1/emails/{id} says how.`,
  );

/** Only what was said: an absent member changes nothing, and null takes a value away. */
const changeOf = (body: z.infer<typeof changeSchema>): SendChange =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));

/** Adds the routes. */
export function addEmailOrders(app: OpenAPIHono, { temporal, config }: ApiDependencies): void {
  const asUnknown = (error: unknown): never => {
    throw error instanceof Problem && error.status === 404 ? unknownSend() : error;
  };

  /** The workflow of a send that is of this deployment and open to the caller. Throws a 404 problem else. */
  async function findSend(c: Context, id: string) {
    if (!/^send:[\w.:-]{1,200}$/.test(id)) throw unknownSend();
    const handle = temporal.workflow.getHandle(id);
    const { type, taskQueue, memo, closeTime } = await askServer(temporal, () => handle.describe()).catch(
      asUnknown,
    );
    const account = (memo as SendMemo | undefined)?.account;
    const isOurs = type === SEND_WORKFLOW && taskQueue === taskQueues(config.name).mail;
    if (!isOurs || account === undefined || !mayTouch(c, account)) throw unknownSend();
    return { handle, isOpen: closeTime === undefined };
  }

  /** The send as customers know it: its id is the one that the other calls take. */
  const shown = (id: string, { id: _, ...rest }: SendView) => ({ id, ...rest });

  app.openapi(one, async (c) => {
    const { id } = c.req.valid('param');
    const { handle } = await findSend(c, id);
    const state = await askWorker(temporal, () => handle.query(sendStateQuery)).catch(asUnknown);
    return c.json(shown(id, state as SendView), 200);
  });

  app.openapi(change, async (c) => {
    const { id } = c.req.valid('param');
    const asked = changeOf(c.req.valid('json'));
    const { handle, isOpen } = await findSend(c, id);
    if (!isOpen) throw closed('change');
    try {
      const changed = await askWorker(temporal, () => handle.executeUpdate(changeUpdate, { args: [asked] }));
      return c.json(shown(id, changed), 200);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) throw closed('change');
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      throw new Problem(409, 'not-changeable', `${error.cause?.message ?? error.message}.`, { cause: error });
    }
  });

  for (const { order, route } of orders) {
    app.openapi(route, async (c) => {
      const { id } = c.req.valid('param');
      const { handle, isOpen } = await findSend(c, id);
      if (!isOpen) throw closed(order);
      await askServer(temporal, () => handle.signal(SIGNALS[order])).catch((error: unknown) => {
        throw error instanceof Problem && error.status === 404 ? closed(order) : error;
      });
      return c.json({ id }, 202);
    });
  }
}
