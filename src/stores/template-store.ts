/**
 * Mail templates by name and version. A version never changes, so a mail that waits for days is made of the template
 * it was accepted with. This store owns templates: what cannot be rendered is not kept.
 */
import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './attribute.ts';
import { checkTemplate, type TemplateContent, type TemplateProblem } from './template-engine.ts';

/** Lists the newest version of each template of an account; older versions and contents are not in it. */
export const TEMPLATE_ACCOUNT_INDEX = 'by-account';
export const TEMPLATE_NAME = /^[a-z0-9][a-z0-9._-]{0,99}$/i;
/** Somebody else may be quicker this often before a new version gives up. */
const ATTEMPTS_MAX = 10;
/** The number of the item that says which version is the newest; versions themselves count from 1. */
const HEAD = 0;

export type TemplateId = { account: string; name: string };
export type Template = TemplateId & { version: number; content: TemplateContent; createdAt: string };
export type TemplateSummary = TemplateId & { version: number; subject: string; updatedAt: string };

export type TemplateStored =
  | { kind: 'stored'; version: number }
  /** The newest version has the very same content; nothing was written. */
  | { kind: 'same'; version: number }
  | { kind: 'refused'; problems: TemplateProblem[] };

export type TemplateStore = {
  /** Keeps the content as the newest version. */
  put(template: TemplateId & { content: TemplateContent; now: Date }): Promise<TemplateStored>;
  /** One version, or the newest. */
  get(wanted: TemplateId & { version?: number }): Promise<Template | undefined>;
  /** The templates of an account by name, `next` is the name to go on after. */
  list(page: { account: string; limit: number; after?: string }): Promise<{
    items: TemplateSummary[];
    next?: string;
  }>;
};

type Place = { dynamodb: DynamoDBClient; table: string };

/** Opens the table `everpost-templates` under the name it has here. */
export function openTemplateStore(dynamodb: DynamoDBClient, table: string): TemplateStore {
  const place = { dynamodb, table };
  return {
    put: (template) => put(place, template),
    get: (wanted) => get(place, wanted),
    list: (page) => list(place, page),
  };
}

/** The account `default` uses names as they are; no name holds a slash. */
const storedName = ({ account, name }: TemplateId): string =>
  account === 'default' ? name : `${account}/${name}`;

const keyOf = (id: TemplateId, version: number): Record<string, AttributeValue> => ({
  name: { S: storedName(id) },
  version: { N: String(version) },
});

const digestOf = ({ subject, text, html }: TemplateContent): string =>
  createHash('sha256')
    .update(JSON.stringify([subject, text, html]))
    .digest('hex');

async function put(
  { dynamodb, table }: Place,
  { now, content, ...id }: Parameters<TemplateStore['put']>[0],
): Promise<TemplateStored> {
  const problems = checkTemplate(content);
  if (problems.length > 0) return { kind: 'refused', problems };
  const digest = digestOf(content);
  for (let attempt = 1; ; attempt += 1) {
    const asked = { TableName: table, Key: keyOf(id, HEAD), ConsistentRead: true };
    const { Item: head } = await dynamodb.send(new GetItemCommand(asked));
    const newest = Number(head?.newest?.N ?? 0);
    if (head?.digest?.S === digest) return { kind: 'same', version: newest };
    const version = newest + 1;
    const write = newVersion(table, { ...id, version, content, createdAt: now.toISOString() }, digest);
    try {
      await dynamodb.send(new TransactWriteItemsCommand({ TransactItems: write }));
      return { kind: 'stored', version };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

/** The version and the head that names it, both or neither, and only on top of the version before. */
function newVersion(TableName: string, template: Template, digest: string) {
  const { content, version, createdAt, account } = template;
  const { subject, text, html } = content;
  const optional = {
    ...(text !== undefined && { text: { S: text } }),
    ...(html !== undefined && { html: { S: html } }),
  };
  const ConditionExpression = version === 1 ? 'attribute_not_exists(newest)' : 'newest = :before';
  return [
    {
      Put: {
        TableName,
        Item: {
          ...keyOf(template, HEAD),
          newest: { N: String(version) },
          digest: { S: digest },
          subject: { S: subject },
          updated_at: { S: createdAt },
          listed_for: { S: account },
        },
        ConditionExpression,
        ...(version > 1 && { ExpressionAttributeValues: { ':before': { N: String(version - 1) } } }),
      },
    },
    {
      Put: {
        TableName,
        Item: {
          ...keyOf(template, version),
          subject: { S: subject },
          ...optional,
          created_at: { S: createdAt },
        },
      },
    },
  ];
}

async function get(
  { dynamodb, table }: Place,
  { version, ...id }: TemplateId & { version?: number },
): Promise<Template | undefined> {
  if (version !== undefined && (!Number.isSafeInteger(version) || version < 1)) return undefined;
  const asked = { TableName: table, ConsistentRead: true };
  const item =
    version === undefined
      ? await newestOf(dynamodb, asked, id)
      : (await dynamodb.send(new GetItemCommand({ ...asked, Key: keyOf(id, version) }))).Item;
  return item === undefined ? undefined : templateOf(id, item);
}

async function newestOf(
  dynamodb: DynamoDBClient,
  asked: { TableName: string; ConsistentRead: boolean },
  id: TemplateId,
): Promise<Item | undefined> {
  const query = new QueryCommand({
    ...asked,
    KeyConditionExpression: '#name = :name AND version > :head',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':name': { S: storedName(id) }, ':head': { N: String(HEAD) } },
    ScanIndexForward: false,
    Limit: 1,
  });
  return (await dynamodb.send(query)).Items?.[0];
}

function templateOf(id: TemplateId, item: Item): Template {
  const { version, subject, text, html, created_at } = item;
  return {
    ...id,
    version: Number(version?.N),
    content: {
      subject: subject?.S ?? '',
      ...(text?.S !== undefined && { text: text.S }),
      ...(html?.S !== undefined && { html: html.S }),
    },
    createdAt: created_at?.S ?? '',
  };
}

async function list(
  { dynamodb, table }: Place,
  { account, limit, after }: Parameters<TemplateStore['list']>[0],
): ReturnType<TemplateStore['list']> {
  const { Items = [], LastEvaluatedKey } = await dynamodb.send(
    new QueryCommand({
      TableName: table,
      IndexName: TEMPLATE_ACCOUNT_INDEX,
      KeyConditionExpression: 'listed_for = :account',
      ExpressionAttributeValues: { ':account': { S: account } },
      Limit: limit,
      ...(after !== undefined && {
        ExclusiveStartKey: { ...keyOf({ account, name: after }, HEAD), listed_for: { S: account } },
      }),
    }),
  );
  const prefix = account === 'default' ? 0 : account.length + 1;
  const items = Items.map((item) => ({
    account,
    name: (item.name?.S ?? '').slice(prefix),
    version: Number(item.newest?.N),
    subject: item.subject?.S ?? '',
    updatedAt: item.updated_at?.S ?? '',
  }));
  const last = LastEvaluatedKey === undefined ? undefined : items.at(-1)?.name;
  return { items, ...(last !== undefined && { next: last }) };
}
