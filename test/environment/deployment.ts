/** AWS as integration tests meet it: clients on the emulator, and tables, buckets and queues of a test's own. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import type { Config } from '../../src/config.ts';
import { type Aws, openAws } from '../../src/stores/aws.ts';
import { createTables } from '../../src/stores/tables.ts';

/** Clients of the emulator. Close them when the tests of a file are over. */
export function openTestAws(): Aws {
  const { awsEndpoint, awsRegion } = inject('environment');
  const aws = {
    region: awsRegion,
    s3Endpoint: awsEndpoint,
    sqsEndpoint: awsEndpoint,
    dynamodbEndpoint: awsEndpoint,
  };
  return openAws({ aws });
}

/** A name nobody else has, fit for tables, buckets and queues. */
export const uniqueName = (what: string): string => `${what}-${randomBytes(5).toString('hex')}`;

/** A deployment's tables, new and empty. */
export async function newTables(aws: Aws): Promise<Config['tables']> {
  const tables = {
    rules: uniqueName('rules'),
    blocked: uniqueName('blocked'),
    messages: uniqueName('messages'),
    deliveries: uniqueName('deliveries'),
    autoreplies: uniqueName('autoreplies'),
    keys: uniqueName('keys'),
    accounts: uniqueName('accounts'),
    templates: uniqueName('templates'),
    suppressions: uniqueName('suppressions'),
  };
  await createTables(aws.dynamodb, tables);
  return tables;
}

/** Names of the AWS operations that a client sends from now on, in order. */
export function operationsOf(client: Aws['s3'] | Aws['dynamodb'] | Aws['sqs']): string[] {
  const names: string[] = [];
  // The overloads of the three clients' stacks differ in their commands only.
  (client as Aws['s3']).middlewareStack.add(
    (next, context) => (call) => {
      names.push(String(context.commandName));
      return next(call);
    },
    { step: 'initialize' },
  );
  return names;
}
