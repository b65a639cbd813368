/** The conditional writes of the ledger, as DynamoDB takes them. Each also says when, and when it may be forgotten. */
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { Attempt, ClaimRequest, LedgerItem, LedgerState } from './ledger-row.ts';

/** Time to live: beyond every retention of Temporal and of the queues. */
const EXPIRES_MS = 90 * 86_400_000;

export type Write = Pick<
  UpdateItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues' | 'UpdateExpression'
>;

/** What every write sets: when, under which day it is listed, and when it may be forgotten. */
const stamped = (now: Date) => ({
  set: 'updated_at = :now, #day = :day, expires_at = :expires',
  names: { '#day': 'day' },
  values: {
    ':now': { S: now.toISOString() },
    ':day': { S: now.toISOString().slice(0, 10) },
    ':expires': { N: String(Math.ceil((now.getTime() + EXPIRES_MS) / 1000)) },
  },
});

/** Claims a row nobody is at: never claimed, released, or claimed by this very attempt (the SDK tries again). */
export function freeWrite(request: ClaimRequest): Write {
  return claimWrite(request, {
    condition:
      'attribute_not_exists(#state) OR #state = :released OR (#state = :claimed AND #token = :token)',
    unknowns: 'if_not_exists(unknowns, :unknowns)',
    values: { ':released': { S: 'released' }, ':unknowns': { N: '0' } },
  });
}

/**
 * Claims the row just seen, and no other: its attempt ended without an answer, so this one repeats it. Our own
 * claim holds too, since the SDK may send a write again whose answer was lost.
 */
export function takeOverWrite(request: ClaimRequest, seen: LedgerItem): Write {
  return claimWrite(request, {
    condition: '(#token = :seen AND #state = :seenState) OR (#token = :token AND #state = :claimed)',
    unknowns: ':unknowns',
    values: { ':seen': seen.token!, ':seenState': seen.state!, ':unknowns': { N: '1' } },
  });
}

type ClaimDetails = { condition: string; unknowns: string; values: LedgerItem };

function claimWrite(request: ClaimRequest, { condition, unknowns, values }: ClaimDetails): Write {
  const common = stamped(request.now);
  return {
    ConditionExpression: condition,
    UpdateExpression:
      `SET ${common.set}, #state = :claimed, #token = :token, workflow_id = :workflow, run_id = :run, #to = :to, ` +
      `unknowns = ${unknowns}, created_at = if_not_exists(created_at, :now)`,
    ExpressionAttributeNames: { ...common.names, '#state': 'state', '#token': 'token', '#to': 'to' },
    ExpressionAttributeValues: {
      ...common.values,
      ':claimed': { S: 'claimed' },
      ':token': { S: request.token },
      ':workflow': { S: request.workflowId },
      ':run': { S: request.runId },
      ':to': { S: request.to },
      ...values,
    },
  };
}

export type Ending = { state: LedgerState; reply: string; always?: boolean; counts?: boolean };

/** Ends a claim; unless `always`, only one that is still this attempt's own. */
export function endWrite(attempt: Attempt, { state, reply, always = false, counts = false }: Ending): Write {
  const common = stamped(attempt.now);
  const ending = {
    UpdateExpression:
      `SET ${common.set}, #state = :state, reply = :reply` +
      (counts ? ', unknowns = if_not_exists(unknowns, :zero) + :one' : ''),
    ExpressionAttributeNames: { ...common.names, '#state': 'state' },
    ExpressionAttributeValues: {
      ...common.values,
      ':state': { S: state },
      ':reply': { S: reply },
      ...(counts ? { ':zero': { N: '0' }, ':one': { N: '1' } } : {}),
    },
  };
  if (always) return ending;
  return {
    ...ending,
    ConditionExpression: '#token = :token AND #state = :claimed',
    ExpressionAttributeNames: { ...ending.ExpressionAttributeNames, '#token': 'token' },
    ExpressionAttributeValues: {
      ...ending.ExpressionAttributeValues,
      ':token': { S: attempt.token },
      ':claimed': { S: 'claimed' },
    },
  };
}

/** Says that a mail was blocked for all, whatever stood there. */
export function blockedWrite(block: { now: Date; workflowId: string; sender: string }): Write {
  const common = stamped(block.now);
  return {
    UpdateExpression:
      `SET ${common.set}, #state = :state, workflow_id = :workflow, sender = :sender, ` +
      'created_at = if_not_exists(created_at, :now)',
    ExpressionAttributeNames: { ...common.names, '#state': 'state' },
    ExpressionAttributeValues: {
      ...common.values,
      ':state': { S: 'blocked' },
      ':workflow': { S: block.workflowId },
      ':sender': { S: block.sender },
    },
  };
}
