/**
 * API keys of accounts. Only digests are stored, so that nobody who reads the table can use a key; a revoked key
 * stays in it, so that it can be said whose it was. Look-ups are kept for a few seconds: so long a revoked key works.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { openBriefCache } from './brief-cache.ts';

export const SCOPES = ['send', 'read', 'rules', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key as everybody may see it. `hash`: SHA-256 of the key, in hex; names it. Instants are ISO 8601. */
export type KeyRecord = {
  hash: string;
  account: string;
  scopes: Scope[];
  name: string;
  createdAt: string;
  revokedAt?: string;
};

export type KeyStore = {
  /** Makes a key. `key` is told here and never again. */
  create(wanted: {
    account: string;
    scopes: readonly Scope[];
    name: string;
  }): Promise<KeyRecord & { key: string }>;
  /** The record of a key that somebody shows; undefined where it is none of ours, or revoked. */
  find(key: string): Promise<KeyRecord | undefined>;
  /** The same by the key's hash, which sessions carry. */
  findByHash(hash: string): Promise<KeyRecord | undefined>;
  /** All keys of an account, or of all, revoked ones included, oldest first. */
  list(account?: string): Promise<KeyRecord[]>;
  /** Ends a key for good. Undefined where that account (any, where none is named) has no such key. */
  revoke(hash: string, account?: string): Promise<KeyRecord | undefined>;
};

const KEPT_MS = 5_000;
const KEPT_MAX = 10_000;
/** What DynamoDB and this store both refuse to look up: nobody's key is so long. */
const KEY_CHARS_MAX = 200;

type Place = { dynamodb: DynamoDBClient; table: string; now: () => number };
type Item = Record<string, AttributeValue>;

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Opens the table. `now`: milliseconds since the epoch. */
export function openKeyStore(
  dynamodb: DynamoDBClient,
  table: string,
  { now = Date.now }: { now?: () => number } = {},
): KeyStore {
  const place = { dynamodb, table, now };
  const cache = openBriefCache((hash) => read(place, hash), { forMs: KEPT_MS, entriesMax: KEPT_MAX, now });
  const findByHash = async (hash: string): Promise<KeyRecord | undefined> => {
    const record = await cache.find(hash);
    return record?.revokedAt === undefined ? record : undefined;
  };
  return {
    create: (wanted) => create(place, wanted),
    find: async (key) => (key === '' || key.length > KEY_CHARS_MAX ? undefined : findByHash(hashOf(key))),
    findByHash: async (hash) => (/^[0-9a-f]{64}$/.test(hash) ? findByHash(hash) : undefined),
    list: (account) => list(place, account),
    async revoke(hash, account) {
      const record = await revoke(place, hash, account);
      cache.drop(hash);
      return record;
    },
  };
}

function recordOf(item: Item): KeyRecord {
  const named = (name: string): string => item[name]?.S ?? '';
  return {
    hash: named('key_hash'),
    account: named('account'),
    scopes: SCOPES.filter((scope) => item.scopes?.SS?.includes(scope)),
    name: named('name'),
    createdAt: named('created_at'),
    ...(item.revoked_at?.S === undefined ? {} : { revokedAt: item.revoked_at.S }),
  };
}

async function create(
  { dynamodb, table, now }: Place,
  { account, scopes, name }: { account: string; scopes: readonly Scope[]; name: string },
): Promise<KeyRecord & { key: string }> {
  // The prefix lets scanners for leaked secrets know one.
  const key = `ep_${randomBytes(32).toString('base64url')}`;
  const Item: Item = {
    key_hash: { S: hashOf(key) },
    account: { S: account },
    scopes: { SS: [...new Set(scopes)] },
    name: { S: name },
    created_at: { S: new Date(now()).toISOString() },
  };
  await dynamodb.send(new PutItemCommand({ TableName: table, Item }));
  return { ...recordOf(Item), key };
}

async function read({ dynamodb, table }: Place, hash: string): Promise<KeyRecord | undefined> {
  try {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: { key_hash: { S: hash } } }),
    );
    return Item === undefined ? undefined : recordOf(Item);
  } catch (error) {
    // Without the table there are no keys but those of the configuration, which need none.
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function list({ dynamodb, table }: Place, account?: string): Promise<KeyRecord[]> {
  const filter =
    account === undefined
      ? {}
      : { FilterExpression: 'account = :account', ExpressionAttributeValues: { ':account': { S: account } } };
  const records: KeyRecord[] = [];
  for await (const { Items } of paginateScan({ client: dynamodb }, { TableName: table, ...filter }))
    records.push(...(Items ?? []).map(recordOf));
  return records.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

async function revoke(
  { dynamodb, table, now }: Place,
  hash: string,
  account?: string,
): Promise<KeyRecord | undefined> {
  const whose = account === undefined ? '' : ' AND account = :account';
  try {
    const { Attributes } = await dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { key_hash: { S: hash } },
        ConditionExpression: `attribute_exists(key_hash)${whose}`,
        UpdateExpression: 'SET revoked_at = if_not_exists(revoked_at, :at)',
        ExpressionAttributeValues: {
          ':at': { S: new Date(now()).toISOString() },
          ...(account === undefined ? {} : { ':account': { S: account } }),
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes === undefined ? undefined : recordOf(Attributes);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
