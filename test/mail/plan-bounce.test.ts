/** When a mail is a bounce, and where it goes. Whole plans of bounces: plan-mail.test.ts. */
import { describe, expect, it } from 'vitest';
import { bounced, plan, sentBy } from './planning.ts';
import { answerOf } from './rules.ts';

describe('a bounce', () => {
  it('that no sent message is known for is plain mail', () => {
    expect(plan(bounced).plan).toMatchObject({
      kind: 'mail',
      deliveries: [{ id: 'mailbox:alice@example.com' }],
    });
  });

  it.each(['', 'nobody', '<>'])('of a message from «%s» is plain mail', (source) => {
    expect(plan({ ...bounced, tables: { messages: sentBy(source, 'x@out.example') } }).plan.kind).toBe(
      'mail',
    );
  });

  it('to a sender outside comes from our address and names no failed one', () => {
    const [delivery] = plan({
      ...bounced,
      tables: { messages: sentBy('bob@sender.example', 'hidden@out.example') },
    }).plan.deliveries;
    expect(delivery).toMatchObject({ id: 'bounce:bob@sender.example', route: 'external', from: '' });
    expect(delivery?.edits).toContainEqual({ edit: 'replace', name: 'From', value: 'alice@example.com' });
    expect(JSON.stringify(delivery)).not.toContain('hidden');
  });

  it('that goes through ever so many rules is planned after twelve look-ups', () => {
    const chain = Array.from({ length: 30 }, (_, step) => `r${step}@example.org => r${step + 1}@example.org`);
    const tables = { ...answerOf(chain), messages: sentBy('r0@example.org', 'x@out.example') };
    const { plan: deep, questions } = plan({ ...bounced, tables });
    expect(deep.deliveries.map(({ id }) => id)).toEqual(['bounce:r10@example.org']);
    expect(questions).toHaveLength(12);
  });
});
