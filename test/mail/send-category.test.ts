/** The category of a send and its reason, as a table: what is known about it, and which pipeline it takes. */
import { describe, expect, it } from 'vitest';
import { type CategoryFacts, decideCategory } from '../../src/mail/send-category.ts';

const plain: CategoryFacts = { recipients: 1, headers: {}, tags: [], alikeInLastMinute: 1 };

const cases: [string, Partial<CategoryFacts>, 'transactional' | 'bulk', string][] = [
  ['one recipient', {}, 'transactional', 'nothing about it looks like bulk'],
  ['20 recipients', { recipients: 20 }, 'transactional', 'nothing about it looks like bulk'],
  ['21 recipients', { recipients: 21 }, 'bulk', 'it has 21 recipients, more than 20 are bulk'],
  ['bulk, said so', { category: 'bulk' }, 'bulk', 'the request says so'],
  [
    'transactional, said so of a thousand',
    { category: 'transactional', recipients: 1000 },
    'transactional',
    'the request says so',
  ],
  [
    'List-Unsubscribe',
    { headers: { 'list-UNSUBSCRIBE': '<https://shop.example/u>' } },
    'bulk',
    'it has the header field list-UNSUBSCRIBE',
  ],
  ['List-Id', { headers: { 'List-Id': '<news.shop.example>' } }, 'bulk', 'it has the header field List-Id'],
  [
    'another List field',
    { headers: { 'List-Price': '9' } },
    'transactional',
    'nothing about it looks like bulk',
  ],
  ['Precedence', { headers: { Precedence: ' Bulk ' } }, 'bulk', 'its header says Precedence: Bulk'],
  [
    'another precedence',
    { headers: { Precedence: 'first-class' } },
    'transactional',
    'nothing about it looks like bulk',
  ],
  ['a campaign', { campaign: 'spring' }, 'bulk', 'it belongs to the campaign spring'],
  ['a campaign tag', { tags: ['order', 'campaign:spring'] }, 'bulk', 'it has the tag campaign:spring'],
  ['the tag newsletter', { tags: ['newsletter'] }, 'bulk', 'it has the tag newsletter'],
  ['the tag campaigner', { tags: ['campaigner'] }, 'transactional', 'nothing about it looks like bulk'],
  ['30 alike', { alikeInLastMinute: 30 }, 'transactional', 'nothing about it looks like bulk'],
  [
    '31 alike',
    { alikeInLastMinute: 31 },
    'bulk',
    '31 mails like it came within a minute, more than 30 are bulk',
  ],
];

describe('a send with', () => {
  it.each(cases)('%s', (_, facts, category, because) => {
    expect(decideCategory({ ...plain, ...facts })).toEqual({ category, because });
  });
});
