/**
 * Writes Temporal visibility queries from the filters of a request. Every value is quoted or refused here, so that
 * no value can become part of the query's language.
 */
import {
  MAIL_WORKFLOW,
  mailDomainKey,
  mailFromKey,
  mailStatusKey,
  mailTextKey,
  mailToKey,
  taskQueues,
} from '../../workflows/messages.ts';
import { cutKeyword } from '../mail/search.ts';
import type { MailFilter } from './mail-schema.ts';
import { invalidField } from './problems.ts';

/** Words of a text filter. More would be a sentence, and each costs the server an index look-up. */
const WORDS_MAX = 10;

/**
 * `value` as a string of the query language. A single quote is doubled. Throws an `invalid` problem for what the
 * server cannot take inside quotes: its SQL visibility loses or chokes on `"`, `\` and control characters.
 */
export function quoted(field: string, value: string): string {
  if (/["\\\p{Cc}]/u.test(value)) {
    throw invalidField(field, 'expected a value without double quotes, backslashes and control characters');
  }
  return `'${value.replaceAll("'", "''")}'`;
}

const equals = (field: string, name: string, value: string): string => `${name} = ${quoted(field, value)}`;

/** One condition a word: the server itself would join the words of one condition with OR. */
function textConditions(text: string): string[] {
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length === 0) throw invalidField('text', 'expected at least one word of letters or digits');
  return words.slice(0, WORDS_MAX).map((word) => equals('text', mailTextKey.name, word.slice(0, 100)));
}

/** A mail that was just taken in has no status yet, and is being processed. */
const statusCondition = (status: string): string => {
  const condition = equals('status', mailStatusKey.name, status);
  return status === 'processing' ? `(${condition} OR ${mailStatusKey.name} IS NULL)` : condition;
};

/** Every condition of the filter, for the mails of the deployment called `deployment`, or of these `domains` of it. */
export function mailQuery(filter: MailFilter, deployment: string, domains?: readonly string[]): string {
  const { status, domain, from, to, since, until, text } = filter;
  const conditions = [
    equals('WorkflowType', 'WorkflowType', MAIL_WORKFLOW),
    equals('TaskQueue', 'TaskQueue', taskQueues(deployment).mail),
  ];
  if (domains !== undefined) {
    const names = domains.map((one) => quoted('domain', cutKeyword(one)));
    conditions.push(`${mailDomainKey.name} IN (${names.join(', ')})`);
  }
  if (status !== undefined) conditions.push(statusCondition(status));
  if (domain !== undefined) conditions.push(equals('domain', mailDomainKey.name, cutKeyword(domain)));
  if (from !== undefined) {
    conditions.push(equals('from', mailFromKey.name, from === '<>' ? '' : cutKeyword(from)));
  }
  if (to !== undefined) conditions.push(equals('to', mailToKey.name, cutKeyword(to)));
  if (since !== undefined) conditions.push(`StartTime >= '${new Date(since).toISOString()}'`);
  if (until !== undefined) conditions.push(`StartTime < '${new Date(until).toISOString()}'`);
  if (text !== undefined) conditions.push(...textConditions(text));
  return conditions.join(' AND ');
}
