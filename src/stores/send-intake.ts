/**
 * Takes in a request that was read, from wherever it came: stores its content, then starts its send, once. The same
 * idempotency key many times at once costs one of each; with another body it is refused (rule 69).
 */
import { createHash } from 'node:crypto';
import { openAlikeCounter } from '../mail/alike.ts';
import type { SendNotice } from '../mail/send.ts';
import { sendId } from '../mail/send-id.ts';
import { sendNoticeOf } from './send-notice.ts';
import { bodyHashOf, type SendRequest } from './send-request.ts';
import type { SendStore } from './send-store.ts';

/** `same`: it was started before with the same body. `different`: with another one, so this request is refused. */
export type SendStarter = (notice: SendNotice, bodyHash: string) => Promise<'started' | 'same' | 'different'>;

/** `id`: of the send. */
export type Intake = { id: string; outcome: Awaited<ReturnType<SendStarter>> };

export type SendIntake = (
  request: SendRequest,
  from: { account: string; key: string; nowMs: number; campaign?: string },
) => Promise<Intake>;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Opens the intake of a deployment. What `store` and `start` throw is thrown on, and nothing is remembered of it. */
export function openSendIntake(
  deployment: string,
  { store, start }: { store: Pick<SendStore, 'put' | 'remove'>; start: SendStarter },
): SendIntake {
  const underWay = new Map<string, Promise<Intake>>();
  const countAlike = openAlikeCounter();

  const takeIn = async (
    request: SendRequest,
    bodyHash: string,
    { id, account, nowMs, campaign }: { id: string; account: string; nowMs: number; campaign?: string },
  ): Promise<Intake> => {
    const content = await store.put(id, request);
    const { from, subject, template } = request;
    const alike = [account, from.address, template?.name ?? subject].join('\n');
    const notice = sendNoticeOf(request, {
      id,
      account,
      content,
      acceptedAt: new Date(nowMs).toISOString(),
      alikeInLastMinute: countAlike(alike, nowMs),
      campaign,
    });
    const outcome = await start(notice, bodyHash);
    // Its content stands under a name of its own, to which nobody refers now.
    if (outcome === 'different') await store.remove(content);
    return { id, outcome };
  };

  return (request, { account, key, nowMs, campaign }) => {
    const id = sendId(deployment, account, key, digest);
    const bodyHash = bodyHashOf(request);
    const one = `${id} ${bodyHash}`;
    const known = underWay.get(one);
    if (known !== undefined)
      return known.then(({ outcome }) => ({ id, outcome: outcome === 'started' ? 'same' : outcome }));
    const intake = takeIn(request, bodyHash, {
      id,
      account,
      nowMs,
      ...(campaign === undefined ? {} : { campaign }),
    }).finally(() => underWay.delete(one));
    underWay.set(one, intake);
    return intake;
  };
}
