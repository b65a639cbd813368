/**
 * `POST /v1/emails`: takes a mail in and answers as soon as its workflow has it. Everything that can be known at
 * once is refused at once, all errors by field; what is found later ends as `rejected`.
 */
import { randomUUID } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { sendWorkflowId } from '../../workflows/send-messages.ts';
import { domainOf } from '../mail/address.ts';
import type { Account } from '../stores/account-store.ts';
import { refuseSendAt } from '../stores/send-checks.ts';
import { openSendIntake } from '../stores/send-intake.ts';
import {
  idempotencyKey,
  type RequestError,
  readSendRequest,
  type SendRequest,
  UnknownSchema,
} from '../stores/send-request.ts';
import { openSendStore } from '../stores/send-store.ts';
import { mayTouch } from './caller.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { acceptedSchema, describeSendRequest } from './email-schema.ts';
import { readJsonBody } from './json-body.ts';
import { Problem, problemResponses } from './problems.ts';
import { storeProblem } from './store-problem.ts';
import { temporalProblem } from './temporal-call.ts';

/** Every error, by field; the first in one sentence. */
function refusal(errors: RequestError[]): Problem {
  const [first] = errors;
  return new Problem(422, 'invalid', `${first?.field}: ${first?.message}`, {
    errors: errors.map(({ field, message }) => ({ field, detail: message })),
  });
}

function readRequest(value: unknown): { request?: SendRequest; errors: RequestError[] } {
  try {
    const read = readSendRequest(value);
    return 'ok' in read ? { request: read.ok, errors: [] } : { errors: read.errors };
  } catch (error) {
    if (!(error instanceof UnknownSchema)) throw error;
    return { errors: [{ field: 'schema', message: error.message }] };
  }
}

/** The key of the header or the body. Without one each request is a mail of its own. */
function keyOf(c: Context, request: SendRequest | undefined): { key: string; errors: RequestError[] } {
  const header = c.req.header('idempotency-key');
  const key = header ?? request?.idempotencyKey ?? `once ${randomUUID()}`;
  const refused = header === undefined ? undefined : idempotencyKey.safeParse(header).error?.issues[0];
  if (refused !== undefined) return { key, errors: [{ field: 'Idempotency-Key', message: refused.message }] };
  const other = request?.idempotencyKey;
  const differs = header !== undefined && other !== undefined && other !== header;
  const message = 'differs from the Idempotency-Key of the header';
  return { key, errors: differs ? [{ field: 'idempotencyKey', message }] : [] };
}

/** What the account allows beyond the schema. */
function refuseForAccount({ fromDomains }: Account, request: SendRequest, nowMs: number): RequestError[] {
  const domain = domainOf(request.from.address);
  const isForeign = fromDomains !== undefined && !fromDomains.some((one) => one === domain);
  const far = refuseSendAt(request.sendAt, nowMs);
  return [
    ...(isForeign
      ? [{ field: 'from', message: `must be of ${fromDomains.join(', ')} for this account` }]
      : []),
    ...(far === undefined ? [] : [{ field: 'sendAt', message: far }]),
  ];
}

/** Adds the route. */
export function addEmails(app: OpenAPIHono, dependencies: ApiDependencies & AccountStores): void {
  const { config, aws, accounts, now, startSend } = dependencies;
  const store = openSendStore(aws.s3, { bucket: config.sends.bucket });
  const start: typeof startSend = (notice, bodyHash) =>
    startSend(notice, bodyHash).catch((error: unknown) => {
      throw temporalProblem(error, 'server');
    });
  const takeIn = openSendIntake(config.name, { store, start });

  /** Whose mail it is. An account that this key may not use is as unknown as one that is not there. */
  const findAccount = async (c: Context, named: string): Promise<Account | undefined> =>
    mayTouch(c, named) ? storeProblem('the table of accounts', () => accounts.find(named)) : undefined;

  app.openAPIRegistry.registerPath({
    method: 'post',
    path: '/v1/emails',
    tags: ['Emails'],
    summary: 'Send a mail, when its turn comes',
    description:
      'The header `Idempotency-Key` makes it harmless to send the same request again: it is answered as the first ' +
      'time. docs/send-v1.md explains the fields.',
    security: [{ key: [] }],
    request: {
      body: { required: true, content: { 'application/json': { schema: describeSendRequest(app) } } },
    },
    responses: {
      202: { description: 'Taken in', content: { 'application/json': { schema: acceptedSchema } } },
      ...problemResponses(400, 401, 403, 413, 415, 422, 429, 503),
    },
  });
  app.post('/v1/emails', async (c) => {
    const { request, errors } = readRequest(await readJsonBody(c));
    const { key, errors: ofKey } = keyOf(c, request);
    if (request === undefined) throw refusal([...errors, ...ofKey]);
    const named = request.account ?? c.get('caller').account ?? 'default';
    const account = await findAccount(c, named);
    const ofAccount =
      account === undefined
        ? [{ field: 'account', message: `there is no account ${named} that this key may use` }]
        : refuseForAccount(account, request, now());
    const all = [...ofKey, ...ofAccount];
    if (all.length > 0) throw refusal(all);
    const { id, outcome } = await storeProblem('S3', () =>
      takeIn(request, { account: named, key, nowMs: now() }),
    );
    if (outcome === 'different') {
      throw new Problem(
        422,
        'key-reused',
        'This Idempotency-Key was used for another request. Use a new key, or send the same request again.',
        { errors: [{ field: 'Idempotency-Key', detail: 'was used for another request' }] },
      );
    }
    return c.json({ id: sendWorkflowId(id), state: 'accepted' }, 202);
  });
}
