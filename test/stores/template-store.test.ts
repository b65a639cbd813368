/** The contract of kept templates: versions never change, never collide, and belong to one account. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTemplateStore, type TemplateStore } from '../../src/stores/template-store.ts';
import { newTables, openTestAws, uniqueName } from '../environment/deployment.ts';

const aws = openTestAws();
let store: TemplateStore;

beforeAll(async () => {
  store = openTemplateStore(aws.dynamodb, (await newTables(aws)).templates);
});
afterAll(() => aws.close());

const now = new Date('2026-05-04T12:00:00.000Z');
const put = (name: string, subject: string, account = 'default') =>
  store.put({ account, name, content: { subject, text: 'Hi {{ name }}', html: '<p>Hi {{ name }}' }, now });

describe('a template', () => {
  it('is given back as it was kept, by version and as the newest', async () => {
    const name = uniqueName('welcome');
    expect(await put(name, 'One')).toEqual({ kind: 'stored', version: 1 });
    expect(await put(name, 'Two')).toEqual({ kind: 'stored', version: 2 });
    const one = { text: 'Hi {{ name }}', html: '<p>Hi {{ name }}', subject: 'One' };
    const id = { account: 'default', name };
    const stored = { ...id, version: 1, content: one, createdAt: '2026-05-04T12:00:00.000Z' };
    expect(await store.get({ ...id, version: 1 })).toEqual(stored);
    expect(await store.get(id)).toEqual({ ...stored, version: 2, content: { ...one, subject: 'Two' } });
  });

  it('without html stays without', async () => {
    const id = { account: 'default', name: uniqueName('plain') };
    await store.put({ ...id, content: { subject: 'S', text: '' }, now });
    expect((await store.get(id))?.content).toEqual({ subject: 'S', text: '' });
  });

  it('that is the same as the newest makes no new version', async () => {
    const name = uniqueName('same');
    await put(name, 'One');
    expect(await put(name, 'One')).toEqual({ kind: 'same', version: 1 });
    await put(name, 'Two');
    expect(await put(name, 'One')).toEqual({ kind: 'stored', version: 3 });
  });

  it('that cannot be rendered is not kept', async () => {
    const id = { account: 'default', name: uniqueName('broken') };
    const content = { subject: 'S', text: '{{ name' };
    expect(await store.put({ ...id, content, now })).toMatchObject({
      kind: 'refused',
      problems: [{ part: 'text' }],
    });
    expect(await store.get(id)).toBeUndefined();
  });

  it('put five times at once has five versions', async () => {
    const name = uniqueName('busy');
    const stored = await Promise.all(Array.from({ length: 5 }, (_, index) => put(name, `Subject ${index}`)));
    expect(stored.map((one) => (one.kind === 'stored' ? one.version : one.kind)).sort()).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  it.each([0, 2, -1, 1.5, Number.NaN])('has no version %d after its first', async (version) => {
    const name = uniqueName('first');
    await put(name, 'One');
    expect(await store.get({ account: 'default', name, version })).toBeUndefined();
  });
});

describe('accounts', () => {
  it('have templates of their own under the same name', async () => {
    const name = uniqueName('shared');
    await put(name, 'Ours');
    expect(await store.get({ account: 'acme', name })).toBeUndefined();
    await put(name, 'Theirs', 'acme');
    expect((await store.get({ account: 'acme', name }))?.content.subject).toBe('Theirs');
    expect((await store.get({ account: 'default', name }))?.content.subject).toBe('Ours');
  });

  it('list the newest versions of their own, by name, page by page', async () => {
    const account = uniqueName('lister');
    for (const name of ['b', 'a', 'c', 'a']) await put(name, `${name} ${Math.random()}`, account);
    await put(uniqueName('other'), 'Not theirs');
    const first = await store.list({ account, limit: 2 });
    expect(first.items.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 2', 'b 1']);
    const second = await store.list({ account, limit: 2, after: first.next! });
    expect(second.items).toEqual([
      { account, name: 'c', version: 1, subject: expect.stringMatching(/^c /), updatedAt: now.toISOString() },
    ]);
  });
});
