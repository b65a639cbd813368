/** GET /v1/mails on the real Temporal server: filters with hostile values, order, paging by cursor. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailItem } from '../../src/api/mail-schema.ts';
import { type ApiWorld, eventually, openApiWorld, type StartedMail } from './api-world.ts';

type Page = { items: MailItem[]; next: string | null };

const HOSTILE: StartedMail[] = [
  { messageId: 'apostrophe', from: "o'hara@example.org", subject: "O'Hara's café" },
  { messageId: 'sql', from: "x' or '1'='1", subject: "'; DROP TABLE mails; --" },
  { messageId: 'percent', from: 'pct%_u@example.org', subject: '100% sure' },
  { messageId: 'unicode', from: 'jürgen@example.org', subject: 'Grüße aus 東京' },
  { messageId: 'markup', from: 'markup@example.org', subject: '<script>alert(1)</script>' },
  { messageId: 'bounce', from: '', subject: 'Undelivered mail', status: 'bounced' },
];

let world: ApiWorld;
const page = async (query = ''): Promise<Page> => {
  const answer = await world.ask(`/v1/mails${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
};
const idsOf = ({ items }: Page): string[] => items.map((item) => item.messageId).sort();
const search = (filter: Record<string, string>) => page(`?${new URLSearchParams(filter)}`);

beforeAll(async () => {
  world = await openApiWorld();
  for (const mail of HOSTILE) await world.startMail(mail);
  await eventually(page, ({ items }) => items.length === HOSTILE.length);
});
afterAll(() => world.close());

describe('a filter', () => {
  it.each<[Record<string, string>, string[]]>([
    [{ from: "o'hara@example.org" }, ['apostrophe']],
    [{ from: "O'Hara@Example.org" }, ['apostrophe']],
    [{ from: "x' OR '1'='1" }, ['sql']],
    [{ from: "nobody' OR '1'='1" }, []],
    [{ from: 'pct%_u@example.org' }, ['percent']],
    [{ from: 'pct%@example.org' }, []],
    [{ from: '%' }, []],
    [{ from: 'jürgen@example.org' }, ['unicode']],
    [{ from: '<>' }, ['bounce']],
    [{ status: 'bounced' }, ['bounce']],
    [{ status: 'delivered' }, []],
    [{ text: 'café' }, ['apostrophe']],
    [{ text: "o'hara" }, ['apostrophe']],
    [{ text: 'drop table' }, ['sql']],
    [{ text: 'drop nothing' }, []],
    [{ text: 'script) OR (alert' }, []],
    [{ text: 'NEAR AND OR NOT' }, []],
    [{ text: 'grüße' }, ['unicode']],
    [{ domain: "x') OR (MailDomain != 'x" }, []],
    [{ since: '2999-01-01' }, []],
    [{ until: '2000-01-01T00:00:00Z' }, []],
  ])('%j finds just that', async (filter, expected) => {
    expect(idsOf(await search(filter))).toEqual(expected);
  });

  it('finds a recipient among several, and only whole', async () => {
    const { domain } = world;
    expect((await search({ to: `ALICE@${domain}` })).items).toHaveLength(HOSTILE.length);
    expect((await search({ to: 'alice' })).items).toHaveLength(0);
    expect((await search({ to: `alice@${domain}") OR ("x`.replaceAll('"', "'") })).items).toHaveLength(0);
  });

  it.each([
    ['from=a"b', 'from'],
    ['to=a%5Cb', 'to'],
    ['from=a%00b', 'from'],
    ['domain=a%0Ab', 'domain'],
    ['text=%22%22', 'text'],
    ['status=lost', 'status'],
    ['since=yesterday', 'since'],
    ['limit=0', 'limit'],
    ['limit=100000', 'limit'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('{"at":"x\' OR 1=1","seen":[]}').toString('base64url')}`, 'cursor'],
    [
      `cursor=${Buffer.from('{"at":"9999-99-99T99:99:99.999999999Z","seen":[]}').toString('base64url')}`,
      'cursor',
    ],
    ['form=a', '(all)'],
  ])('%s is refused by name', async (query, field) => {
    const answer = await world.ask(`/v1/mails?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await answer.json()) as { errors: { field: string }[] };
    expect(problem.errors[0]?.field).toBe(field);
  });
});

describe('an item', () => {
  it('tells what a list shows', async () => {
    const { items } = await search({ text: 'café' });
    expect(items[0]).toEqual({
      id: `mail:${world.domain}:apostrophe`,
      status: 'processing',
      domain: world.domain,
      from: "o'hara@example.org",
      to: [`alice@${world.domain}`],
      subject: "O'Hara's café",
      messageId: 'apostrophe',
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      closedAt: null,
    });
  });
});

describe('pages', () => {
  it('show every mail once, newest first, however long the page', async () => {
    const other = await openApiWorld();
    try {
      for (let index = 0; index < 12; index++) {
        const id = await other.startMail({ messageId: `m${String(index).padStart(2, '0')}` });
        if (index % 3 === 0) await other.client.workflow.getHandle(id).terminate();
      }
      const list = async (query: string) => (await (await other.ask(`/v1/mails?${query}`)).json()) as Page;
      const whole = await eventually(
        () => list('limit=50'),
        ({ items }) => items.length === 12 && items.filter(({ closedAt }) => closedAt !== null).length === 4,
      );
      expect(whole.next).toBeNull();
      // A terminated mail closed before the next one started, so both kinds of time sort alike here.
      expect(whole.items.map(({ messageId }) => messageId)).toEqual(idsOf(whole).reverse());
      for (const limit of [1, 5, 12]) {
        const seen: string[] = [];
        let next: string | null = '';
        while (next !== null) {
          const part: Page = await list(`limit=${limit}${next === '' ? '' : `&cursor=${next}`}`);
          seen.push(...part.items.map(({ id }) => id));
          next = part.next;
        }
        expect(seen).toEqual(whole.items.map(({ id }) => id));
      }
    } finally {
      await other.close();
    }
  });

  it('do not show mails of another deployment', async () => {
    const other = await openApiWorld();
    await other.startMail();
    await eventually(
      async () => (await (await other.ask('/v1/mails')).json()) as Page,
      ({ items }) => items.length === 1,
    );
    expect((await page()).items).toHaveLength(HOSTILE.length);
    await other.close();
  });
});
