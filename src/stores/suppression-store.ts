/**
 * Addresses that get nothing from us, asked at enqueue and again right before a mail is sent (rule 68). An entry
 * that has expired does not count, even while DynamoDB has not yet deleted it.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { addressKey } from '../mail/address.ts';
import { SUPPRESSION_REASONS, type Suppression } from '../mail/suppression.ts';
import type { Item } from './attribute.ts';
import { readItems, writeItems } from './batch.ts';

/** Longer than a key of DynamoDB, and so no address of ours. */
const KEY_CHARS_MAX = 1_000;

type Where = { address: string; account: string };

export type SuppressionPage = {
  items: Suppression[];
  /** Handed back as `after` to go on; absent at the end. */
  next?: string;
};

export type SuppressionStore = {
  /** Those of the addresses that this account may not send to, by address as given; batched. */
  lookUp(asked: { addresses: string[]; account: string; now: Date }): Promise<Record<string, Suppression>>;
  /** What stands on the account's own list. */
  get(asked: Where & { now: Date }): Promise<Suppression | undefined>;
  /** Adds what a machine has learnt. An entry that holds as long already stays as it is; then false. */
  suppress(entry: Suppression): Promise<boolean>;
  /** Writes what a person decided over what is there. */
  put(entries: Suppression[]): Promise<void>;
  /** Whether it was there. */
  remove(where: Where): Promise<boolean>;
  /** A page of an account's list, in no order. Reads the whole table for an account that is not in it. */
  list(page: { account: string; limit: number; after?: string; now: Date }): Promise<SuppressionPage>;
};

type Place = { dynamodb: DynamoDBClient; table: string };

/** Opens the table `email-suppressions` under the name it has here. */
export function openSuppressionStore(dynamodb: DynamoDBClient, table: string): SuppressionStore {
  const place = { dynamodb, table };
  return {
    lookUp: (asked) => lookUp(place, asked),
    get: (asked) => get(place, asked),
    suppress: (entry) => suppress(place, entry),
    put: (entries) => put(place, entries),
    remove: (where) => remove(place, where),
    list: (page) => list(place, page),
  };
}

/** The list of `default` uses addresses as they are. No address begins with a name and a space. */
const keyText = ({ address, account }: Where): string =>
  account === 'default' ? addressKey(address) : `${account} ${addressKey(address)}`;

const keyOf = (where: Where) => ({ email_address: { S: keyText(where) } });

const itemOf = (entry: Suppression): Item => ({
  ...keyOf(entry),
  account: { S: entry.account },
  reason: { S: entry.reason },
  source: { S: entry.source },
  created_at: { S: entry.createdAt },
  ...(entry.expiresAt !== undefined && { expires_at: { N: String(secondsOf(entry.expiresAt)) } }),
});

const secondsOf = (iso: string): number => Math.ceil(Date.parse(iso) / 1000);

/**
 * The entry, or undefined when it has expired. Other programs may write items that hold nothing but the address: they
 * count, as everything that forbids does.
 */
function entryOf(item: Item, now: Date): Suppression | undefined {
  const key = item.email_address?.S ?? '';
  const seconds = item.expires_at?.N;
  if (seconds !== undefined && Number(seconds) * 1000 <= now.getTime()) return undefined;
  const space = key.startsWith('"') ? -1 : key.indexOf(' ');
  const reason = SUPPRESSION_REASONS.find((one) => one === item.reason?.S);
  return {
    address: key.slice(space + 1),
    account: space < 0 ? 'default' : key.slice(0, space),
    reason: reason ?? 'manual',
    source: item.source?.S ?? 'unknown',
    createdAt: item.created_at?.S ?? new Date(0).toISOString(),
    ...(seconds !== undefined && { expiresAt: new Date(Number(seconds) * 1000).toISOString() }),
  };
}

async function lookUp(
  { dynamodb, table }: Place,
  { addresses, account, now }: Parameters<SuppressionStore['lookUp']>[0],
): Promise<Record<string, Suppression>> {
  const lists = account === 'default' ? ['default'] : ['default', account];
  const usable = addresses.filter((address) => address.trim() !== '' && address.length <= KEY_CHARS_MAX);
  const keys = new Set(usable.flatMap((address) => lists.map((list) => keyText({ address, account: list }))));
  const wanted = [...keys].map((S) => ({ table, key: { email_address: { S } } }));
  const found = new Map<string, Suppression>();
  await readItems(dynamodb, wanted, (_, item) => {
    const entry = entryOf(item, now);
    // An entry of the account's own list is nearer to it than one that holds for all.
    if (entry !== undefined && (entry.account === account || !found.has(entry.address))) {
      found.set(entry.address, entry);
    }
  });
  return Object.fromEntries(
    usable.flatMap((address) => {
      const entry = found.get(addressKey(address));
      return entry === undefined ? [] : [[address, entry]];
    }),
  );
}

async function get(
  { dynamodb, table }: Place,
  { now, ...where }: Where & { now: Date },
): Promise<Suppression | undefined> {
  if (where.address.length > KEY_CHARS_MAX) return undefined;
  const asked = { TableName: table, Key: keyOf(where), ConsistentRead: true };
  const { Item: item } = await dynamodb.send(new GetItemCommand(asked));
  return item === undefined ? undefined : entryOf(item, now);
}

async function suppress({ dynamodb, table }: Place, entry: Suppression): Promise<boolean> {
  const endsEarlier =
    entry.expiresAt === undefined ? 'attribute_exists(expires_at)' : 'expires_at < :expires';
  const write = new PutItemCommand({
    TableName: table,
    Item: itemOf(entry),
    ConditionExpression: `attribute_not_exists(email_address) OR ${endsEarlier}`,
    ...(entry.expiresAt !== undefined && {
      ExpressionAttributeValues: { ':expires': { N: String(secondsOf(entry.expiresAt)) } },
    }),
  });
  try {
    await dynamodb.send(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

async function put({ dynamodb, table }: Place, entries: Suppression[]): Promise<void> {
  // A batch may name each key once; of two entries for one address the later counts.
  const items = new Map(entries.map((entry) => [keyText(entry), itemOf(entry)]));
  await writeItems(dynamodb, table, [...items.values()]);
}

async function remove({ dynamodb, table }: Place, where: Where): Promise<boolean> {
  if (where.address.length > KEY_CHARS_MAX) return false;
  const write = new DeleteItemCommand({ TableName: table, Key: keyOf(where), ReturnValues: 'ALL_OLD' });
  return (await dynamodb.send(write)).Attributes !== undefined;
}

async function list(
  { dynamodb, table }: Place,
  { account, limit, after, now }: Parameters<SuppressionStore['list']>[0],
): Promise<SuppressionPage> {
  const items: Suppression[] = [];
  const own = 'account = :account';
  let from = after;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamodb.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: account === 'default' ? `${own} OR attribute_not_exists(account)` : own,
        ExpressionAttributeValues: { ':account': { S: account } },
        ...(from !== undefined && { ExclusiveStartKey: { email_address: { S: from } } }),
      }),
    );
    for (const item of Items) {
      const entry = entryOf(item, now);
      if (entry === undefined) continue;
      // The place to go on from is always an entry of this account: a cursor must not tell another's.
      if (items.length === limit) return { items, next: keyText(items[limit - 1]!) };
      items.push(entry);
    }
    from = LastEvaluatedKey?.email_address?.S;
  } while (from !== undefined);
  return { items };
}
