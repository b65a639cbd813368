/**
 * Starts the workflow of one notice, once: the id follows from the mail, so that a notice that comes again meets
 * the workflow that it started before. One message announced twice with other recipients gets a second one (rule 2).
 */
import { createHash } from 'node:crypto';
import { type Client, isGrpcServiceError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { SearchAttributePair } from '@temporalio/common';
import {
  MAIL_WORKFLOW,
  type MailInput,
  type MailMemo,
  mailDomainKey,
  mailFromKey,
  mailKindKey,
  mailMessageIdKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
} from '../../workflows/messages.ts';
import { decodeWords } from '../mail/charset.ts';
import type { MailNotice } from '../mail/mail.ts';
import { recipientsDigestInput } from '../mail/notice.ts';
import { cutKeyword, cutKeywordList, mailText } from '../mail/search.ts';

/** Longest wait for an answer to one start; its gRPC retries are within it. */
export const START_DEADLINE_MS = 5_000;
const SUMMARY_MAX = 180;
const GRPC_INVALID_ARGUMENT = 3;
/** DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE: they say nothing about the notice. */
const GRPC_AWAY = new Set([4, 8, 14]);

export type Started = 'started' | 'duplicate';

/**
 * What may be done about a start that failed. `poison`: this notice can never start. `outage`: none can, now.
 * `odd`: it cannot be told; a notice that fails so again and again, while Temporal answers, is left aside.
 */
export type StartFailure = { kind: 'poison' | 'outage' | 'odd'; reason: string };

/** First 8 hex digits of SHA-256 over the sorted lower-cased recipients; empty where the notice told none. */
export function recipientsDigest(notice: MailNotice): string {
  if (notice.envelope === undefined) return '';
  return digestOf(recipientsDigestInput(notice.envelope.recipients));
}

/** First 8 hex digits of SHA-256. */
const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** The workflow id of a notice; with the digest where the plain one carries other recipients. */
export const mailWorkflowId = (notice: MailNotice, digest?: string): string =>
  `mail:${notice.domain}:${notice.messageId}${digest === undefined ? '' : `:${digest}`}`;

function searchAttributes(notice: MailNotice): SearchAttributePair[] {
  const { envelope, domain, messageId, subject = '', from = '' } = notice;
  const known: SearchAttributePair[] = [
    { key: mailStatusKey, value: 'processing' },
    { key: mailKindKey, value: 'mail' },
    { key: mailDomainKey, value: cutKeyword(domain) },
    { key: mailMessageIdKey, value: cutKeyword(messageId) },
  ];
  if (envelope === undefined) return known;
  // The list shows the subject as people read it; SES hands on encoded words as they came.
  const text = mailText(decodeWords(subject), [
    decodeWords(from),
    envelope.sender,
    ...envelope.recipients.slice(0, 20),
  ]);
  return [
    ...known,
    { key: mailFromKey, value: cutKeyword(envelope.sender) },
    { key: mailToKey, value: cutKeywordList(envelope.recipients) },
    { key: mailTextKey, value: text },
  ];
}

function summary(notice: MailNotice): string {
  if (notice.envelope === undefined) return `${notice.messageId} from an S3 event`;
  const { sender, recipients } = notice.envelope;
  const more = recipients.length > 1 ? ` and ${recipients.length - 1} more` : '';
  return `${sender || '<>'} → ${recipients[0] ?? 'nobody'}${more}`.slice(0, SUMMARY_MAX);
}

export type MailStarter = (notice: MailNotice) => Promise<Started>;

/** `eager`: client and worker share a connection, and the first task runs here at once. */
export function createMailStarter(
  client: Client,
  settings: { taskQueue: string; attentionDays: number; eager: boolean },
): MailStarter {
  const start = async (notice: MailNotice, workflowId: string, digest: string): Promise<Started> => {
    const input: MailInput = { notice, attentionDays: settings.attentionDays };
    const memo: MailMemo = { recipientsDigest: digest, object: `${notice.bucket}/${notice.key}` };
    try {
      await client.connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
        client.workflow.start(MAIL_WORKFLOW, {
          workflowId,
          taskQueue: settings.taskQueue,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          args: [input],
          memo,
          typedSearchAttributes: searchAttributes(notice),
          staticSummary: summary(notice),
          requestEagerStart: settings.eager,
        }),
      );
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'duplicate';
      throw error;
    }
  };

  const memoOf = async (workflowId: string): Promise<Partial<MailMemo>> => {
    const { memo } = await client.connection.withDeadline(Date.now() + START_DEADLINE_MS, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    return memo ?? {};
  };

  return async (notice) => {
    const recipients = recipientsDigest(notice);
    const object = `${notice.bucket}/${notice.key}`;
    // The message id of an S3 event is the end of its key, which another object may share.
    const names = [undefined, digestOf(object), digestOf(`${object}\n${recipients}`)];
    for (const name of names) {
      const workflowId = mailWorkflowId(notice, name);
      if ((await start(notice, workflowId, recipients)) === 'started') return 'started';
      const known = await memoOf(workflowId);
      if ((known.object ?? object) !== object) continue;
      // An S3 event tells no recipients: whoever started this mail knew at least as much.
      if (notice.envelope === undefined || known.recipientsDigest === recipients) return 'duplicate';
      return start(notice, mailWorkflowId(notice, recipients), recipients);
    }
    return 'duplicate';
  };
}

/**
 * Whose fault a failed start is. Only an argument that Temporal refuses is the notice's own, and not even that
 * where search attributes are missing, since then no mail at all could start.
 */
export function readStartFailure(error: unknown): StartFailure {
  const reason =
    error instanceof Error
      ? `${error.message}${error.cause ? `: ${String(error.cause)}` : ''}`
      : String(error);
  const cause = isGrpcServiceError(error) ? error : (error as { cause?: unknown })?.cause;
  const invalid = isGrpcServiceError(cause) && Number(cause.code) === GRPC_INVALID_ARGUMENT;
  if (invalid && /search attribute\b.*\b(?:not defined|not registered|no mapping)/i.test(reason)) {
    return { kind: 'outage', reason: `${reason}; run «everpost setup» to register the search attributes` };
  }
  if (invalid) return { kind: 'poison', reason };
  const isAway = isGrpcServiceError(cause) && GRPC_AWAY.has(Number(cause.code));
  return { kind: isAway ? 'outage' : 'odd', reason };
}
