/**
 * Brings a Temporal namespace to what mail workflows need, and says what it lacks: search attributes of the right
 * types, and a retention that outlives every copy of a queue message. Adds only; takes nothing away.
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts';

/** SQS keeps a message for 14 days at most; a closed workflow must be remembered a day longer. */
export const RETENTION_DAYS_MIN = 15;
const DAY_SECONDS = 86_400;
/** Servers refresh their registries every ten seconds or so. */
const VISIBLE_MS_MAX = 60_000;
/** gRPC's permission denied, unimplemented, unauthenticated: time does not change them. */
const HOPELESS = new Set([7, 12, 16]);

// CommonJS without named exports that Node could see.
const { IndexedValueType } = proto.temporal.api.enums.v1;
type TypeName = keyof typeof TYPES;
const TYPES = {
  KEYWORD: { number: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, flag: 'Keyword' },
  KEYWORD_LIST: { number: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST, flag: 'KeywordList' },
  TEXT: { number: IndexedValueType.INDEXED_VALUE_TYPE_TEXT, flag: 'Text' },
} as const;

/** Every search attribute with its type as the temporal command line spells it. */
export const searchAttributeFlags = (): Record<string, string> =>
  Object.fromEntries(SEARCH_ATTRIBUTES.map(({ name, type }) => [name, TYPES[type as TypeName].flag]));

export type NamespaceFacts = {
  exists: boolean;
  retentionDays: number;
  missing: string[];
  /** Attributes that exist under our name with another type: somebody has to decide. */
  wrong: string[];
};

const isNotFound = (error: unknown): boolean => (error as { code?: number }).code === 5;

/** What the namespace is like now. Throws what the connection throws when Temporal cannot be reached. */
export async function readNamespace(connection: Connection, namespace: string): Promise<NamespaceFacts> {
  try {
    const described = await connection.workflowService.describeNamespace({ namespace });
    const seconds = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const typeOf = (name: string) => customAttributes?.[name];
    return {
      exists: true,
      retentionDays: seconds / DAY_SECONDS,
      missing: SEARCH_ATTRIBUTES.flatMap(({ name }) => (typeOf(name) === undefined ? [name] : [])),
      wrong: SEARCH_ATTRIBUTES.flatMap(({ name, type }) => {
        const found = typeOf(name);
        return found === undefined || found === TYPES[type as TypeName].number ? [] : [name];
      }),
    };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return {
      exists: false,
      retentionDays: 0,
      missing: [...SEARCH_ATTRIBUTES.map(({ name }) => name)],
      wrong: [],
    };
  }
}

const retention = (days: number) =>
  proto.google.protobuf.Duration.fromObject({ seconds: days * DAY_SECONDS });

/** Tries again until the call succeeds: what was just made shows up a little later. */
async function untilKnown(call: () => Promise<unknown>): Promise<void> {
  const latest = Date.now() + VISIBLE_MS_MAX;
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      const { code = 0 } = error as { code?: number };
      if (Date.now() > latest || HOPELESS.has(code)) throw error;
    }
    await pause(200);
  }
}

/** Looks again each time: somebody else may be adding them, too. */
async function addMissing(connection: Connection, namespace: string): Promise<void> {
  const { missing } = await readNamespace(connection, namespace);
  const attributes = SEARCH_ATTRIBUTES.filter(({ name }) => missing.includes(name));
  if (attributes.length === 0) return;
  const searchAttributes = Object.fromEntries(
    attributes.map(({ name, type }) => [name, TYPES[type as TypeName].number]),
  );
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
}

/**
 * Makes the namespace where it is missing, raises its retention to 15 days where it is less, adds what search
 * attributes it lacks, and returns what was done, in words. Throws when one exists with another type.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<string[]> {
  const before = await readNamespace(connection, namespace);
  if (before.wrong.length > 0) {
    throw new Error(
      `Search attributes of namespace ${namespace} have another type: ${before.wrong.join(', ')}. ` +
        'Remove them there, or use a namespace of your own (TEMPORAL_NAMESPACE).',
    );
  }
  const done: string[] = [];
  if (!before.exists) {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: retention(RETENTION_DAYS_MIN),
    });
    done.push(`namespace ${namespace} made`);
  } else if (before.retentionDays < RETENTION_DAYS_MIN) {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: retention(RETENTION_DAYS_MIN) },
    });
    done.push(`retention raised from ${before.retentionDays} to ${RETENTION_DAYS_MIN} days`);
  }
  if (before.missing.length > 0) {
    await untilKnown(() => addMissing(connection, namespace));
    done.push(`${before.missing.length} search attributes added`);
  }
  // Before a query may name them, workflows that set them would fail their tasks.
  const query = SEARCH_ATTRIBUTES.map(({ name }) => `${name} = 'x'`).join(' AND ');
  await untilKnown(() => connection.workflowService.countWorkflowExecutions({ namespace, query }));
  return done;
}
