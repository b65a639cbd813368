/**
 * One away reply a sender and interval (rules 39, 45): whoever claims a pair may send, nobody else until the
 * interval is over. The claim is a conditional write, so two mails at once make one reply.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

const DAY_MS = 86_400_000;

/** `token` names one reply: the same for all attempts at it, so that a repeated claim is granted again. */
type Claim = { token: string; now: Date; intervalDays: number };

export type AutoReplyStore = {
  /** Whether this reply may be sent now; if so, no other may for `intervalDays`. */
  claim(pair: string, claim: Claim): Promise<boolean>;
  /** The reply went out, so the claim can no longer be released. Nothing happens where it is another's. */
  confirm(pair: string, claim: { token: string; now: Date }): Promise<void>;
  /** Nothing was sent and nothing will be: the next mail of this sender may be answered. */
  release(pair: string, claim: { token: string }): Promise<void>;
};

type Place = { dynamodb: DynamoDBClient; table: string };

/** Opens the table `email-autoreplies` under the name it has here. */
export function openAutoReplyStore(dynamodb: DynamoDBClient, table: string): AutoReplyStore {
  const place = { dynamodb, table };
  return {
    claim: (pair, asked) => claim(place, pair, asked),
    confirm: (pair, asked) => confirm(place, pair, asked),
    release: (pair, asked) => release(place, pair, asked),
  };
}

/** True when the write happened, false when its condition did not hold. */
async function holds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

function claim(
  { dynamodb, table }: Place,
  pair: string,
  { token, now, intervalDays }: Claim,
): Promise<boolean> {
  const until = now.getTime() + intervalDays * DAY_MS;
  const write = new UpdateItemCommand({
    TableName: table,
    Key: { pair: { S: pair } },
    // Time to live may delete late by days, so the end is compared too.
    ConditionExpression: 'attribute_not_exists(pair) OR #until <= :now OR #token = :token',
    UpdateExpression:
      'SET #token = :token, #until = :until, expires_at = :expires, claimed_at = :at REMOVE confirmed_at',
    ExpressionAttributeNames: { '#token': 'token', '#until': 'until_ms' },
    ExpressionAttributeValues: {
      ':token': { S: token },
      ':now': { N: String(now.getTime()) },
      ':until': { N: String(until) },
      ':expires': { N: String(Math.ceil(until / 1000)) },
      ':at': { S: now.toISOString() },
    },
  });
  return holds(dynamodb.send(write));
}

async function confirm(
  place: Place,
  pair: string,
  { token, now }: { token: string; now: Date },
): Promise<void> {
  const write = new UpdateItemCommand({
    TableName: place.table,
    Key: { pair: { S: pair } },
    ConditionExpression: '#token = :token',
    UpdateExpression: 'SET confirmed_at = :at',
    ExpressionAttributeNames: { '#token': 'token' },
    ExpressionAttributeValues: { ':token': { S: token }, ':at': { S: now.toISOString() } },
  });
  await holds(place.dynamodb.send(write));
}

async function release(place: Place, pair: string, { token }: { token: string }): Promise<void> {
  const write = new DeleteItemCommand({
    TableName: place.table,
    Key: { pair: { S: pair } },
    ConditionExpression: '#token = :token AND attribute_not_exists(confirmed_at)',
    ExpressionAttributeNames: { '#token': 'token' },
    ExpressionAttributeValues: { ':token': { S: token } },
  });
  await holds(place.dynamodb.send(write));
}
