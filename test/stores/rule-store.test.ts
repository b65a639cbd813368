/** The rule store's contract: one batched call a mail, and nothing but valid rules from whatever stands in the tables. */
import {
  type AttributeValue,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/config.ts';
import { openRuleStore, TableMissing } from '../../src/stores/rule-store.ts';
import { newTables, openTestAws, operationsOf } from '../environment/deployment.ts';

const aws = openTestAws();
const operations = operationsOf(aws.dynamodb);
let tables: Config['tables'];

beforeAll(async () => {
  tables = await newTables(aws);
});
afterAll(() => aws.close());

type Item = Record<string, AttributeValue>;
const strings = (...texts: string[]): AttributeValue => ({ L: texts.map((S) => ({ S })) });
const put = (TableName: string, Item: Item) => aws.dynamodb.send(new PutItemCommand({ TableName, Item }));
const putRule = (email: string, item: Item) => put(tables.rules, { email_address: { S: email }, ...item });

describe('a look-up', () => {
  it('answers rules, blocked patterns and messages by one call', async () => {
    await putRule('ann@example.com', { forwards: strings('ann@home.example'), keep_copy: { BOOL: false } });
    await put(tables.blocked, {
      email_address: { S: '@example.com' },
      blocked_patterns: strings('*@bad.example'),
    });
    const message = {
      original_source: { S: 'bill@example.com' },
      bouncedRecipients: strings('x@gone.example'),
    };
    await put(tables.messages, { MessageId: { S: 'message-1' }, ...message });
    operations.length = 0;
    const asked = {
      keys: ['ann@example.com', '@example.com', 'ann@example.com'],
      messageIds: ['message-1', 'none'],
    };
    expect(await openRuleStore(aws.dynamodb, tables).lookUp(asked)).toEqual({
      rules: {
        'ann@example.com': {
          address: 'ann@example.com',
          forwards: ['ann@home.example'],
          keepCopy: false,
          version: expect.stringMatching(/^[0-9a-f]{8}$/),
        },
      },
      blocked: { '@example.com': ['*@bad.example'] },
      messages: {
        'message-1': {
          messageId: 'message-1',
          originalSource: 'bill@example.com',
          bouncedRecipients: ['x@gone.example'],
        },
      },
      problems: [],
    });
    expect(operations).toEqual(['BatchGetItemCommand']);
  });

  it('answers 2,000 recipients, 100 keys a call', async () => {
    const keys = Array.from({ length: 2_000 }, (_, index) => `person${index}@example.com`);
    for (let at = 0; at < keys.length; at += 25) {
      const writes = keys.slice(at, at + 25).map((key) => {
        return { PutRequest: { Item: { email_address: { S: key }, forwards: strings(`to-${key}`) } } };
      });
      await aws.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [tables.rules]: writes } }));
    }
    operations.length = 0;
    const { rules } = await openRuleStore(aws.dynamodb, tables).lookUp({ keys });
    expect(keys.filter((key) => rules[key]?.forwards[0] !== `to-${key}`)).toEqual([]);
    expect(operations).toHaveLength(40);
  });

  it('asks again for keys that DynamoDB left unprocessed', async () => {
    const client = openTestAws();
    const rounds: number[] = [];
    client.dynamodb.middlewareStack.add(
      (next) => async (call) => {
        const result = await next(call);
        const output = result.output as BatchGetItemCommandOutput;
        const all = output.Responses?.[tables.rules] ?? [];
        rounds.push(all.length);
        // As DynamoDB does under load: one item is answered, the other keys are given back.
        const Keys = all.slice(1).map(({ email_address }) => ({ email_address: email_address! }));
        const withheld = Keys.length === 0 ? {} : { UnprocessedKeys: { [tables.rules]: { Keys } } };
        return {
          ...result,
          output: { ...output, Responses: { [tables.rules]: all.slice(0, 1) }, ...withheld },
        };
      },
      { step: 'initialize' },
    );
    for (const name of ['one', 'two', 'three']) await putRule(`${name}@example.org`, {});
    const keys = ['one@example.org', 'two@example.org', 'three@example.org'];
    const { rules } = await openRuleStore(client.dynamodb, tables).lookUp({ keys });
    client.close();
    expect(Object.keys(rules).sort()).toEqual([...keys].sort());
    expect(rounds).toEqual([3, 2, 1]);
  });

  it('takes keys that no table can have for strangers', async () => {
    const keys = ['', `${'x'.repeat(2_100)}@example.com`];
    operations.length = 0;
    expect(await openRuleStore(aws.dynamodb, tables).lookUp({ keys })).toMatchObject({
      rules: {},
      problems: [],
    });
    expect(operations).toEqual([]);
  });

  it('says that a table is missing', async () => {
    const missing = { ...tables, blocked: 'no-such-table' };
    const answer = openRuleStore(aws.dynamodb, missing).lookUp({ keys: ['ann@example.com'] });
    await expect(answer).rejects.toThrow(TableMissing);
  });
});

/** Item of the rules table, the parts of the rule that come of it, and the problems that are named. */
const items: [string, Item, object, string[]][] = [
  ['nothing', {}, { forwards: [], keepCopy: true, away: undefined }, []],
  ['NULL for «not set»', { forwards: { NULL: true }, ooo_active: { NULL: true } }, { forwards: [] }, []],
  ['forwards as a string', { forwards: { S: 'a@b.example' } }, { forwards: [] }, ['forwards is of type S']],
  [
    'forwards as a string set',
    { forwards: { SS: ['a@b.example'] } },
    { forwards: [] },
    ['forwards is of type SS'],
  ],
  [
    'forwards with strangers among them',
    { forwards: { L: [{ S: ' a@b.example ' }, { N: '7' }, { S: 'nobody' }, { S: 'a@b.example' }] } },
    { forwards: ['a@b.example'] },
    ['forwards[1] is of type N', 'forwards[2] is "nobody"'],
  ],
  ['keep_copy as a string', { keep_copy: { S: 'false' } }, { keepCopy: true }, ['keep_copy is of type S']],
  [
    'ooo_active as a string, forwards sound',
    { ooo_active: { S: 'true' }, ooo_message: { S: 'Away' }, forwards: strings('a@b.example') },
    { forwards: ['a@b.example'], away: undefined },
    ['ooo_active is of type S'],
  ],
  [
    'a sound away reply',
    { ooo_active: { BOOL: true }, ooo_message: { S: 'Away' }, ooo_end: { S: '2026-08-01' } },
    { away: { text: 'Away', end: '2026-08-01', intervalDays: 7 } },
    [],
  ],
  [
    'an inactive away reply',
    { ooo_active: { BOOL: false }, ooo_message: { S: 'Away' } },
    { away: undefined },
    [],
  ],
  [
    'an away reply without text',
    { ooo_active: { BOOL: true }, ooo_message: { N: '5' } },
    { away: undefined },
    ['ooo_message is of type N', 'ooo_active is true without an ooo_message'],
  ],
  [
    'an end that is no date and an interval below a day',
    {
      ooo_active: { BOOL: true },
      ooo_message: { S: 'Away' },
      ooo_end: { S: 'soon' },
      ooo_interval_days: { N: '0.2' },
    },
    { away: { text: 'Away', intervalDays: 7 } },
    ['ooo_end is "soon"', 'ooo_interval_days is 0.2'],
  ],
];

describe('a rule item', () => {
  it.each(items)(
    'with %s is read, each wrong attribute named and treated as absent',
    async (_, item, rule, problems) => {
      await putRule('typed@example.net', item);
      const answer = await openRuleStore(aws.dynamodb, tables).lookUp({ keys: ['typed@example.net'] });
      expect({ away: undefined, ...answer.rules['typed@example.net'] }).toMatchObject(rule);
      expect(answer.problems).toHaveLength(problems.length);
      for (const [index, problem] of problems.entries()) {
        expect(answer.problems[index]).toContain(`${tables.rules} typed@example.net: ${problem}`);
      }
    },
  );

  it('has another version when it changes, and the same when it does not', async () => {
    const store = openRuleStore(aws.dynamodb, tables);
    const version = async (item: Item) => {
      await putRule('versioned@example.net', item);
      return (await store.lookUp({ keys: ['versioned@example.net'] })).rules['versioned@example.net']
        ?.version;
    };
    const first = await version({ forwards: strings('a@b.example'), keep_copy: { BOOL: true } });
    expect(await version({ keep_copy: { BOOL: true }, forwards: strings('a@b.example') })).toBe(first);
    expect(await version({ keep_copy: { BOOL: false }, forwards: strings('a@b.example') })).not.toBe(first);
  });
});

describe('a message that was sent before', () => {
  it('counts as absent where nobody knows who sent it', async () => {
    await put(tables.messages, { MessageId: { S: 'message-2' }, original_source: { L: [] } });
    const answer = await openRuleStore(aws.dynamodb, tables).lookUp({ keys: [], messageIds: ['message-2'] });
    expect(answer.messages).toEqual({});
    expect(answer.problems).toHaveLength(2);
  });
});
