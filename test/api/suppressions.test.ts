/** The suppression list over HTTP: one by one, as CSV, and by the links in mails. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts';
import { openSigner } from '../../src/secrets.ts';
import { type ApiWorld, openApiWorld, SECRET } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const LIST = '/v1/suppressions';
const json = async (path: string, init: RequestInit = {}) => {
  const answer = await world.ask(path, init);
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
};
const put = (email: string, body?: object, query = '') =>
  json(`${LIST}/${encodeURIComponent(email)}${query}`, {
    method: 'PUT',
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
const upload = (text: string, query = '') =>
  json(`${LIST}/import${query}`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: text });

describe('an address', () => {
  it('is put on the list, found however it is written, and taken off once', async () => {
    const expiresAt = '2090-01-01T00:00:00.000Z';
    const said = { reason: 'complaint', source: 'a phone call', expiresAt };
    const entry = { email: 'ann@example.com', ...said, createdAt: expect.any(String) };
    expect(await put('ANN@example.com', said)).toEqual({ status: 200, body: entry });
    expect((await json(`${LIST}/Ann@Example.COM`)).body).toEqual(entry);
    expect((await world.ask(`${LIST}/ann@example.com`, { method: 'DELETE' })).status).toBe(204);
    expect((await json(`${LIST}/ann@example.com`, { method: 'DELETE' })).status).toBe(404);
    expect((await json(`${LIST}/ann@example.com`)).status).toBe(404);
  });

  it('needs nothing said of it', async () => {
    expect((await put('plain@example.com')).body).toMatchObject({ reason: 'manual', source: 'api' });
  });

  it('of one account is no other’s', async () => {
    await put('hers@example.com', {}, '?account=acme');
    expect((await json(`${LIST}/hers@example.com?account=acme`)).status).toBe(200);
    expect((await json(`${LIST}/hers@example.com`)).status).toBe(404);
    expect((await json(`${LIST}/hers@example.com`, { method: 'DELETE' })).status).toBe(404);
  });

  it.each<[string, object | undefined, string]>([
    ['no address', undefined, 'email'],
    ['a@example.com\r\nBcc: b@example.com', undefined, 'email'],
    ['a@example.com', { reason: 'because' }, 'reason'],
    ['a@example.com', { source: 'two\nlines' }, 'source'],
    ['a@example.com', { expiresAt: 'soon' }, 'expiresAt'],
    ['a@example.com', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['a@example.com', { expires: '2090-01-01T00:00:00Z' }, '(all)'],
  ])('%j with %j is refused by field', async (email, body, field) => {
    expect(await put(email, body)).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });
});

describe('a list', () => {
  const query = '?account=lists';

  it('goes in as CSV, is read page by page, and comes out as it went in', async () => {
    const rows = Array.from(
      { length: 120 },
      (_, index) => `r${index}@example.com,unsubscribe,"our, old list"`,
    );
    const text = `email,reason,source\r\n${rows.join('\r\n')}\r\n`;
    expect(await upload(text, query)).toEqual({
      status: 200,
      body: { rows: 120, imported: 120, refused: 0, errors: [] },
    });
    const seen = new Set<string>();
    let cursor = '';
    do {
      const page = (await json(`${LIST}${query}&limit=50${cursor}`)).body;
      for (const { email } of page.items) seen.add(email);
      cursor = page.next === null ? '' : `&cursor=${page.next}`;
    } while (cursor !== '');
    expect(seen.size).toBe(120);
    const answer = await world.ask(`${LIST}/export${query}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const exported = (await answer.text()).trim().split('\r\n');
    expect(exported).toHaveLength(121);
    expect(exported).toContainEqual(
      expect.stringMatching(/^r7@example\.com,unsubscribe,"our, old list",\d{4}-.*Z,$/),
    );
    expect((await upload(exported.join('\n'), '?account=again')).body).toMatchObject({ imported: 120 });
  });

  it.each([
    ['', 422, []],
    ['&onError=abort', 422, []],
    ['&onError=skip', 200, ['good1@example.com', 'good2@example.com']],
  ])('with bad rows and %j answers %d and keeps %j', async (onError, status, kept) => {
    const account = `?account=bad${kept.length}${onError.length}`;
    const text = 'email,reason\ngood1@example.com\n"bad@example.com,manual\nbad,x\ngood2@example.com\n';
    const answer = await upload(text, account + onError);
    expect(answer.status).toBe(status);
    const { errors } = answer.body as { errors: object[] };
    const names = ['row 3, column email', 'row 4, column reason', 'row 4, column email'];
    if (status === 422) expect(errors.map((error) => (error as { field: string }).field)).toEqual(names);
    else expect(errors).toMatchObject([{ row: 3, column: 'email' }, { row: 4 }, { row: 4 }]);
    const { items } = (await json(LIST + account)).body as { items: { email: string }[] };
    expect(items.map(({ email }) => email).sort()).toEqual(kept);
  });

  it('of another type, empty or too large is refused', async () => {
    const post = (headers: Record<string, string>, body: string | null = null) =>
      json(`${LIST}/import`, { method: 'POST', headers, body });
    expect((await post({ 'content-type': 'application/json' }, '{}')).status).toBe(415);
    expect((await post({ 'content-type': 'text/csv' })).status).toBe(400);
    const long = { 'content-type': 'text/csv', 'content-length': '104857601' };
    expect(await post(long, 'email\n')).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining('104857600 bytes') },
    });
  });
});

describe('an unsubscribe link', () => {
  const { sign } = openSigner([SECRET]);
  const linkOf = (address: string, account = 'default') =>
    `/u/${signUnsubscribeToken({ account, address, source: 'campaign:7' }, sign)}`;
  const oneClick = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  };

  it('shows a button, and changes nothing by being looked at', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await world.app.request(linkOf('looker@example.com'), { method });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/html');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      if (method === 'GET') expect(await answer.text()).toContain('<form method="post">');
    }
    expect((await json(`${LIST}/looker@example.com`)).status).toBe(404);
  });

  it('suppresses by one click, without login, as often as it likes', async () => {
    const link = linkOf('Leaver@Example.com');
    for (let click = 0; click < 3; click += 1) {
      expect((await world.app.request(link, oneClick)).status).toBe(200);
    }
    expect((await json(`${LIST}/leaver@example.com`)).body).toMatchObject({
      reason: 'unsubscribe',
      source: 'campaign:7',
    });
    const first = (await json(`${LIST}/leaver@example.com`)).body;
    const button = await world.app.request(link, { method: 'POST' });
    expect(await button.text()).toContain('You are unsubscribed');
    expect((await json(`${LIST}/leaver@example.com`)).body).toEqual(first);
  });

  it('counts for the account that it came from', async () => {
    await world.app.request(linkOf('his@example.com', 'acme'), oneClick);
    expect((await json(`${LIST}/his@example.com?account=acme`)).status).toBe(200);
    expect((await json(`${LIST}/his@example.com`)).status).toBe(404);
  });

  it.each([
    '/u/hello',
    '/u/00',
    `/u/${'ab'.repeat(1_500)}`,
    linkOf('x@example.com').replace(/.$/, (digit) => (digit === '0' ? '1' : '0')),
  ])('that we did not sign is answered 404: %.30s', async (link) => {
    for (const init of [{}, oneClick]) expect((await world.app.request(link, init)).status).toBe(404);
    expect((await json(`${LIST}/x@example.com`)).status).toBe(404);
  });
});
