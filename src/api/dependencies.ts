/** What the API is made of: everything it reaches, handed in by whoever starts it. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { SmtpClient } from '../smtp/smtp-client.ts';
import type { AccountStore } from '../stores/account-store.ts';
import type { KeyStore } from '../stores/key-store.ts';
import type { Ledger } from '../stores/ledger.ts';
import type { MailStore } from '../stores/mail-store.ts';
import type { SendStarter } from '../stores/send-intake.ts';
import type { Keys } from './keys.ts';

export type AwsClients = { s3: S3Client; sqs: SQSClient; dynamodb: DynamoDBClient };

export type ApiDependencies = {
  config: Config;
  temporal: Client;
  aws: AwsClients;
  ledger: Pick<Ledger, 'rows'>;
  mailStore: Pick<MailStore, 'head' | 'body'>;
  relays: { internal: Pick<SmtpClient, 'check'>; external: Pick<SmtpClient, 'check'> };
  /** Keys of the configuration: admin keys of all accounts. */
  keys: Keys;
  startSend: SendStarter;
  /** Milliseconds since the epoch. */
  now: () => number;
  log: Logger;
  /** Address of the Temporal Web UI, for links; without a slash at its end. */
  webUiUrl?: string;
};

/** The stores of accounts, which the application opens on the clients above. */
export type AccountStores = { keyStore: KeyStore; accounts: AccountStore };
