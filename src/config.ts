/**
 * The only reader of the environment. Promise: a complete, typed configuration, or one error that names every bad
 * variable, what was read and what is expected. Nothing is opened here.
 */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { readVariables } from './config-variables.ts';
import type { NullSenderVia } from './mail/plan-deliveries.ts';

type TableName =
  | ('rules' | 'blocked' | 'messages' | 'deliveries' | 'autoreplies' | 'keys' | 'accounts')
  | ('templates' | 'suppressions');

/** Every setting of a deployment, read once. */
export type Config = {
  /** Names the task queues, so that deployments can share a Temporal namespace. */
  name: string;
  /** `development` makes what is missing (secrets, keys); `production` insists on it. */
  mode: 'development' | 'production';
  /** Lower-cased domains this deployment serves. */
  domains: string[];
  home: string;
  aws: { region: string } & Partial<Record<'endpoint' | `${'s3' | 'sqs' | 'dynamodb'}Endpoint`, string>>;
  bucketPattern: string;
  queuePattern: string;
  tables: Record<TableName, string>;
  smtp: {
    host: string;
    port: number;
    internalPort: number;
    user?: string;
    password?: string;
    secure: boolean;
    /** Deliveries a second to the outside; absent means as fast as the relay takes them. */
    ratePerSecond?: number;
    nullSenderVia: NullSenderVia;
  };
  sends: {
    /** Requests, attachments and composed mails of what goes out. */
    bucket: string;
    /** Limits of the account `default` until it is given its own; absent means unlimited. */
    creditsPerDay?: number;
    creditsPerHour?: number;
    /** IANA zone in which its day begins and ends. */
    timeZone: string;
  };
  temporal: {
    address: string;
    namespace: string;
    connection: ReturnType<typeof loadClientConnectConfig>['connectionOptions'];
  };
  /** `publicUrl`: how people outside reach it, for links in mails. */
  api: { host: string; port: number; publicUrl: string };
  metrics: { host: string; port: number };
  attentionDays: number;
  /** `Received` fields from which a mail counts as looping (rule 8). */
  receivedMax: number;
  alerts: { address?: string; webhook?: string; topicArn?: string };
  /** Newest first. Signs hop headers and, later, SRS and links. */
  secrets: string[];
  /** Admin keys of all accounts. */
  apiKeys: string[];
  logLevel: string;
};

/** A TCP port. */
export const port = z.coerce.number().int().min(1).max(65535);
const text = z.string().trim().min(1);
const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);
const flag = z.stringbool({ truthy: ['true', '1', 'yes'], falsy: ['false', '0', 'no'] });
const domain = /^(?=.{1,255}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const url = z.url({ protocol: /^https?$/, error: 'a URL such as http://127.0.0.1:4566' });
const credits = z.coerce.number().int().min(1);
const longOnes = list.pipe(z.array(z.string().min(16, 'at least 16 characters in each'))).prefault('');

/** Whether `name` is an IANA time zone that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What each variable must be, in the order of the README's table. */
const schema = z.object({
  EVERPOST_NAME: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'lower-case letters, digits and dashes')
    .default('everpost'),
  EVERPOST_MODE: z.enum(['development', 'production']).default('production'),
  EVERPOST_HOME: text.default('.everpost'),
  DOMAINS: list
    .transform((entries) => [...new Set(entries.map((entry) => entry.toLowerCase()))])
    .pipe(
      z
        .array(z.string().regex(domain, 'a comma list of domain names such as example.com,example.org'))
        .min(1),
    )
    .prefault('example.com'),
  AWS_REGION: text.default('us-east-2'),
  AWS_ENDPOINT_URL: url.optional(),
  AWS_ENDPOINT_URL_S3: url.optional(),
  AWS_ENDPOINT_URL_SQS: url.optional(),
  AWS_ENDPOINT_URL_DYNAMODB: url.optional(),
  MAIL_BUCKET_PATTERN: text.includes('{domain}').default('{domain}-emails'),
  MAIL_QUEUE_PATTERN: text.includes('{domain}').default('{domain}-queue'),
  DYNAMODB_RULES_TABLE: text.default('email-rules'),
  DYNAMODB_BLOCKED_TABLE: text.default('email-blocked-senders'),
  DYNAMODB_MESSAGES_TABLE: text.default('ses-outbound-messages'),
  DYNAMODB_DELIVERIES_TABLE: text.default('email-deliveries'),
  DYNAMODB_AUTOREPLIES_TABLE: text.default('email-autoreplies'),
  SMTP_HOST: text.default('localhost'),
  SMTP_PORT: port.default(25),
  INTERNAL_SMTP_PORT: port.default(2525),
  SMTP_USER: text.optional(),
  SMTP_PASS: text.optional(),
  SMTP_SECURE: flag.prefault('false'),
  SMTP_RATE: z.coerce.number().positive().optional(),
  NULL_SENDER_VIA: z
    .union([z.enum(['external', 'internal']), z.email('external, internal or a mail address')])
    .default('external'),
  SEND_BUCKET: text.default('everpost-sends'),
  SEND_CREDITS_PER_DAY: credits.optional(),
  SEND_CREDITS_PER_HOUR: credits.optional(),
  SEND_TIME_ZONE: text.refine(isTimeZone, 'an IANA time zone such as Europe/Berlin').default('UTC'),
  API_HOST: text.default('127.0.0.1'),
  API_PORT: port.default(8080),
  PUBLIC_URL: url.optional(),
  METRICS_HOST: text.optional(),
  METRICS_PORT: port.default(8000),
  ATTENTION_DAYS: z.coerce.number().positive().max(365).default(7),
  RECEIVED_MAX: z.coerce.number().int().min(10).max(1000).default(50),
  ALERT_ADDRESS: z.email('a mail address').optional(),
  ALERT_WEBHOOK: url.optional(),
  ALERT_TOPIC_ARN: text.optional(),
  EVERPOST_SECRETS: longOnes,
  EVERPOST_API_KEYS: longOnes,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

function nullSenderVia(value: string): NullSenderVia {
  if (value === 'external' || value === 'internal') return { way: value };
  return { way: 'address', address: value };
}

/** Drops keys whose value is undefined, so that `exactOptionalPropertyTypes` holds at run time too. */
function defined<T extends Record<string, unknown>>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never;
}

const withoutSecrets = (value: Values): string[] =>
  value.EVERPOST_MODE === 'production' && value.EVERPOST_SECRETS.length === 0
    ? ['EVERPOST_SECRETS: not set, expected at least one secret of 16 characters or more (newest first)']
    : [];

/** Reads a configuration. Throws ConfigError with one line for each bad variable. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const { value, set } = readVariables(schema, environment, withoutSecrets);
  return configOf(value, set);
}

type Values = z.output<typeof schema>;

function configOf(value: Values, set: Record<string, string>): Config {
  return {
    name: value.EVERPOST_NAME,
    mode: value.EVERPOST_MODE,
    domains: value.DOMAINS,
    home: value.EVERPOST_HOME,
    aws: awsOf(value),
    bucketPattern: value.MAIL_BUCKET_PATTERN,
    queuePattern: value.MAIL_QUEUE_PATTERN,
    tables: {
      rules: value.DYNAMODB_RULES_TABLE,
      blocked: value.DYNAMODB_BLOCKED_TABLE,
      messages: value.DYNAMODB_MESSAGES_TABLE,
      deliveries: value.DYNAMODB_DELIVERIES_TABLE,
      autoreplies: value.DYNAMODB_AUTOREPLIES_TABLE,
      keys: 'everpost-keys',
      accounts: 'everpost-accounts',
      templates: 'everpost-templates',
      suppressions: 'email-suppressions',
    },
    smtp: smtpOf(value),
    sends: defined({
      bucket: value.SEND_BUCKET,
      creditsPerDay: value.SEND_CREDITS_PER_DAY,
      creditsPerHour: value.SEND_CREDITS_PER_HOUR,
      timeZone: value.SEND_TIME_ZONE,
    }) as Config['sends'],
    temporal: temporalOf(set),
    api: { host: value.API_HOST, port: value.API_PORT, publicUrl: publicUrlOf(value) },
    metrics: { host: value.METRICS_HOST ?? value.API_HOST, port: value.METRICS_PORT },
    attentionDays: value.ATTENTION_DAYS,
    receivedMax: value.RECEIVED_MAX,
    alerts: defined({
      address: value.ALERT_ADDRESS,
      webhook: value.ALERT_WEBHOOK,
      topicArn: value.ALERT_TOPIC_ARN,
    }) as Config['alerts'],
    secrets: value.EVERPOST_SECRETS,
    apiKeys: value.EVERPOST_API_KEYS,
    logLevel: value.LOG_LEVEL,
  };
}

const publicUrlOf = ({ PUBLIC_URL, API_HOST, API_PORT }: Values): string =>
  (PUBLIC_URL ?? `http://${API_HOST}:${API_PORT}`).replace(/\/+$/, '');

const awsOf = (value: Values): Config['aws'] =>
  defined({
    region: value.AWS_REGION,
    endpoint: value.AWS_ENDPOINT_URL,
    s3Endpoint: value.AWS_ENDPOINT_URL_S3 ?? value.AWS_ENDPOINT_URL,
    sqsEndpoint: value.AWS_ENDPOINT_URL_SQS ?? value.AWS_ENDPOINT_URL,
    dynamodbEndpoint: value.AWS_ENDPOINT_URL_DYNAMODB ?? value.AWS_ENDPOINT_URL,
  }) as Config['aws'];

const smtpOf = (value: Values): Config['smtp'] =>
  defined({
    host: value.SMTP_HOST,
    port: value.SMTP_PORT,
    internalPort: value.INTERNAL_SMTP_PORT,
    user: value.SMTP_USER,
    password: value.SMTP_PASS,
    secure: value.SMTP_SECURE,
    ratePerSecond: value.SMTP_RATE,
    nullSenderVia: nullSenderVia(value.NULL_SENDER_VIA),
  }) as Config['smtp'];

/** TLS, API key and the like are the SDK's own variables, read by its own reader. */
function temporalOf(set: Record<string, string>): Config['temporal'] {
  const { connectionOptions, namespace } = loadClientConnectConfig({
    overrideEnvVars: set,
    disableFile: set.TEMPORAL_CONFIG_FILE === undefined,
  });
  const address = connectionOptions.address ?? 'localhost:7233';
  const named = set.TEMPORAL_NAMESPACE ?? namespace ?? 'default';
  return { address, namespace: named, connection: { ...connectionOptions, address } };
}

/** Dots become dashes, as in every bucket and queue of the worker that Everpost replaces. */
const dashed = (name: string): string => name.replaceAll('.', '-');

/** Bucket of a served domain, such as `example-com-emails`. */
export const bucketOf = (config: Config, domainName: string): string =>
  config.bucketPattern.replaceAll('{domain}', dashed(domainName));

/** Queue of a served domain, such as `example-com-queue`; its dead letters are in `…-dlq`. */
export const queueOf = (config: Config, domainName: string): string =>
  config.queuePattern.replaceAll('{domain}', dashed(domainName));

/** Queues of outbound mail: sends that are handed over, and what was rejected; each has a `…-dlq`. */
export const sendQueuesOf = ({ name }: Pick<Config, 'name'>) => ({
  send: `${name}-send-queue`,
  rejected: `${name}-rejected-queue`,
});
