/**
 * Accounts: whom limits, policies and keys belong to. The account `default` is always there; what its row does not
 * say comes from the configuration. Rows are kept for a few seconds, which is how long a change takes to be heeded.
 */
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Limits } from '../mail/budget-state.ts';
import { flushAtSchema, limitsSchema, timeZoneSchema } from './account-limits.ts';
import { openBriefCache } from './brief-cache.ts';

export const DEFAULT_ACCOUNT = 'default';

const KEPT_MS = 5_000;
const KEPT_MAX = 10_000;
/** Design: what is left of a day goes out in its last half hour. */
const FLUSH_AT = '23:30';

export type Account = {
  account: string;
  /** Without any, the account has no budget and needs none. */
  limits: Limits;
  timeZone: string;
  /** `HH:MM` in that zone. */
  flushAt: string;
  paused: boolean;
  /** Domains that its mails may be from; absent where any may be. */
  fromDomains?: string[];
};

export type AccountStore = {
  /** The account; undefined where there is none of that name. Throws where its row cannot be understood. */
  find(account: string): Promise<Account | undefined>;
  /** The same as it is now, for what must not act on the row of a moment ago. */
  findNow(account: string): Promise<Account | undefined>;
  /** What an account of that name is before anything was set: without limits. */
  blank(account: string): Account;
  /** Whose a domain is (lower-cased A-labels): `default` unless it was given to another. */
  ofDomain(domain: string): Promise<string>;
  /** Creates or replaces an account. */
  save(account: Account): Promise<void>;
  /** Gives a domain to an account. */
  giveDomain(domain: string, account: string): Promise<void>;
  /** Names of all accounts, `default` included, sorted. */
  list(): Promise<string[]>;
};

type Item = Record<string, AttributeValue>;
type Place = { dynamodb: DynamoDBClient; table: string };

/** Rows of domains stand beside those of accounts; no account's name begins so. */
const domainKey = (domain: string): string => `@${domain}`;

const rowSchema = z.object({
  limits: limitsSchema.prefault({}),
  time_zone: timeZoneSchema.exactOptional(),
  flush_at: flushAtSchema.prefault(FLUSH_AT),
  paused: z.boolean().prefault(false),
  from_domains: z.array(z.string()).exactOptional(),
});

/** Whether the budget of these limits can ever make somebody wait. */
export const isLimited = ({ perDay, perHour, provider, windows, ramp }: Limits): boolean =>
  [perDay, perHour, provider].some((limit) => limit !== undefined) ||
  (windows ?? []).length > 0 ||
  (ramp ?? []).length > 0;

/** Opens the table. `now`: milliseconds since the epoch. */
export function openAccountStore(
  dynamodb: DynamoDBClient,
  config: Pick<Config, 'tables' | 'sends'>,
  { now = Date.now }: { now?: () => number } = {},
): AccountStore {
  const place = { dynamodb, table: config.tables.accounts };
  const cache = openBriefCache((key) => readRow(place, key), { forMs: KEPT_MS, entriesMax: KEPT_MAX, now });
  const write = async (key: string, item: Item): Promise<void> => {
    await dynamodb.send(
      new PutItemCommand({ TableName: place.table, Item: { account: { S: key }, ...item } }),
    );
    cache.drop(key);
  };
  const find = async (account: string): Promise<Account | undefined> => {
    const row = account.startsWith('@') ? undefined : await cache.find(account);
    if (row !== undefined) return accountOf(account, row, config);
    return account === DEFAULT_ACCOUNT ? defaultAccount(config) : undefined;
  };
  return {
    find,
    findNow(account) {
      cache.drop(account);
      return find(account);
    },
    blank: (account) => accountOf(account, {}, config),
    ofDomain: async (domain) => (await cache.find(domainKey(domain)))?.belongs_to?.S ?? DEFAULT_ACCOUNT,
    save: (account) => write(account.account, itemOf(account)),
    giveDomain: (domain, account) => write(domainKey(domain), { belongs_to: { S: account } }),
    list: () => list(place),
  };
}

function defaultAccount({ sends }: Pick<Config, 'sends'>): Account {
  const { creditsPerDay, creditsPerHour, timeZone } = sends;
  const limits = {
    ...(creditsPerDay === undefined ? {} : { perDay: creditsPerDay }),
    ...(creditsPerHour === undefined ? {} : { perHour: creditsPerHour }),
  };
  return { account: DEFAULT_ACCOUNT, limits, timeZone, flushAt: FLUSH_AT, paused: false };
}

/** A limit that cannot be read must not count as none, so a bad row is an error and the mail waits. */
function accountOf(account: string, item: Item, { sends }: Pick<Config, 'sends'>): Account {
  // What is there but of another type must not count as absent: null is refused by every attribute's schema.
  const attributes = {
    limits: item.limits && parsed(item.limits.S ?? 'null'),
    time_zone: item.time_zone && (item.time_zone.S ?? null),
    flush_at: item.flush_at && (item.flush_at.S ?? null),
    paused: item.paused && (item.paused.BOOL ?? null),
    from_domains: item.from_domains && (item.from_domains.SS ?? null),
  };
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const read = rowSchema.safeParse(Object.fromEntries(present));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(
      `The row of account ${account} is not usable: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  const { limits, time_zone, flush_at, paused, from_domains } = read.data;
  return {
    account,
    limits,
    timeZone: time_zone ?? sends.timeZone,
    flushAt: flush_at,
    paused,
    ...(from_domains === undefined ? {} : { fromDomains: from_domains }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const itemOf = ({ limits, timeZone, flushAt, paused, fromDomains = [] }: Account): Item => ({
  limits: { S: JSON.stringify(limits) },
  time_zone: { S: timeZone },
  flush_at: { S: flushAt },
  paused: { BOOL: paused },
  ...(fromDomains.length === 0 ? {} : { from_domains: { SS: fromDomains } }),
});

async function readRow({ dynamodb, table }: Place, account: string): Promise<Item | undefined> {
  try {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: table, Key: { account: { S: account } } }),
    );
    return Item;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    throw new Error(`There is no DynamoDB table ${table}: create it (everpost setup).`, { cause: error });
  }
}

async function list({ dynamodb, table }: Place): Promise<string[]> {
  const names = new Set([DEFAULT_ACCOUNT]);
  for await (const { Items } of paginateScan({ client: dynamodb }, { TableName: table }))
    for (const { account } of Items ?? []) if (account?.S && !account.S.startsWith('@')) names.add(account.S);
  return [...names].sort();
}
