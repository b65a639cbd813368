/**
 * Which pipeline an outbound mail takes: `transactional` answers one person, `bulk` goes to many and must never
 * delay the first. Said by the customer, or decided from signs of bulk; the reason is recorded for people.
 */
import type { SendCategory } from './send.ts';

/** More than these in one mail are a mailing list rather than a conversation. */
const RECIPIENTS_MAX = 20;
/** From so many mails of one account with the same sender and subject a minute on, nobody wrote them one by one. */
const ALIKE_A_MINUTE_MAX = 30;

/** Fields that only mailings have (RFC 2369, RFC 2919), and what Precedence says of them. */
const LIST_FIELD = /^list-(?:id|help|unsubscribe|unsubscribe-post|subscribe|post|owner|archive)$/i;
const BULK_PRECEDENCE = /^(?:bulk|list|junk)$/i;
const CAMPAIGN_TAG = /^(?:campaign|newsletter|bulk|marketing)(?:$|[:=/._-])/i;

export type CategoryFacts = {
  /** What the customer said. */
  category?: SendCategory | undefined;
  /** To, Cc and Bcc, each once. */
  recipients: number;
  headers: Readonly<Record<string, string>>;
  tags: readonly string[];
  /** It is a row of a batch that is a campaign. */
  campaign?: string | undefined;
  /** Mails of this account with the same sender and subject or template in the last minute, this one included. */
  alikeInLastMinute: number;
};

const signOf = (facts: CategoryFacts): string | undefined => {
  const { recipients, headers, tags, campaign, alikeInLastMinute } = facts;
  if (campaign !== undefined) return `it belongs to the campaign ${campaign}`;
  const listField = Object.keys(headers).find((name) => LIST_FIELD.test(name));
  if (listField !== undefined) return `it has the header field ${listField}`;
  const precedence = Object.entries(headers).find(([name]) => name.toLowerCase() === 'precedence')?.[1];
  if (precedence !== undefined && BULK_PRECEDENCE.test(precedence.trim()))
    return `its header says Precedence: ${precedence.trim()}`;
  const tag = tags.find((one) => CAMPAIGN_TAG.test(one));
  if (tag !== undefined) return `it has the tag ${tag}`;
  if (recipients > RECIPIENTS_MAX)
    return `it has ${recipients} recipients, more than ${RECIPIENTS_MAX} are bulk`;
  if (alikeInLastMinute > ALIKE_A_MINUTE_MAX)
    return `${alikeInLastMinute} mails like it came within a minute, more than ${ALIKE_A_MINUTE_MAX} are bulk`;
  return undefined;
};

/** The category and why, as a sentence's end for people. */
export function decideCategory(facts: CategoryFacts): { category: SendCategory; because: string } {
  if (facts.category !== undefined) return { category: facts.category, because: 'the request says so' };
  const sign = signOf(facts);
  if (sign !== undefined) return { category: 'bulk', because: sign };
  return { category: 'transactional', because: 'nothing about it looks like bulk' };
}
