/** `fetchMime`: what is stored, how large it is, and whom it is for. The bytes stay where they are. */

import { readHeaderBlock } from '../src/mail/header.ts';
import { inferEnvelope } from '../src/mail/inferred.ts';
import type { Envelope, MailNotice, MailReference } from '../src/mail/mail.ts';
import type { MailStore } from '../src/stores/mail-store.ts';

export type FetchInput = { notice: MailNotice };

/** `envelope` only where the notice had none and the header fields told it (rule 1). */
export type FetchResult =
  | { kind: 'mail'; mail: MailReference; envelope?: Envelope }
  | { kind: 'missing'; reason: string };

/** Makes `fetchMime`. */
export const createFetchMime =
  ({ mailStore }: { mailStore: MailStore }) =>
  async ({ notice }: FetchInput): Promise<FetchResult> => {
    const head = await mailStore.head(notice.bucket, notice.key);
    if (head === undefined) {
      const where = `${notice.bucket}/${notice.key}`;
      return {
        kind: 'missing',
        reason: `there is no object ${where}; put it back and resend, or cancel this mail`,
      };
    }
    if (head.ref.sizeBytes === 0) {
      return {
        kind: 'missing',
        reason: `the object ${notice.bucket}/${notice.key} is empty, so there is no mail in it`,
      };
    }
    if (notice.envelope !== undefined) return { kind: 'mail', mail: head.ref };
    const envelope = inferEnvelope(readHeaderBlock(head.prefix), notice.domain);
    return { kind: 'mail', mail: head.ref, ...(envelope === undefined ? {} : { envelope }) };
  };
