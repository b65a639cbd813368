/** Templates over HTTP: kept by version, previewed, and every fault named by field. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiWorld, openApiWorld } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const send = async (method: string, path: string, body?: unknown) => {
  const answer = await world.ask(`/v1/templates${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const hello = { subject: 'Hi {{ name }}', text: 'Dear {{ name }}', html: '<p>Dear {{ name }}' };

describe('a template', () => {
  it('is kept, read, listed and previewed', async () => {
    expect(await send('PUT', '/hello', hello)).toEqual({ status: 201, body: { name: 'hello', version: 1 } });
    expect(await send('PUT', '/hello', hello)).toEqual({ status: 200, body: { name: 'hello', version: 1 } });
    expect((await send('PUT', '/hello', { ...hello, subject: 'New' })).body).toMatchObject({ version: 2 });
    expect((await send('GET', '/hello')).body).toMatchObject({ ...hello, subject: 'New', version: 2 });
    expect((await send('GET', '/hello/versions/1')).body).toMatchObject({ ...hello, version: 1 });
    expect((await send('GET', '')).body).toEqual({
      items: [{ name: 'hello', version: 2, subject: 'New', updatedAt: expect.any(String) }],
      next: null,
    });
    const params = { name: '<Ann>' };
    expect(await send('POST', '/hello/preview', { params, version: 1 })).toEqual({
      status: 200,
      body: {
        name: 'hello',
        version: 1,
        subject: 'Hi <Ann>',
        text: 'Dear <Ann>',
        html: '<p>Dear &lt;Ann&gt;',
      },
    });
  });

  it('belongs to its account', async () => {
    await send('PUT', '/theirs?account=acme', hello);
    expect((await send('GET', '/theirs?account=acme')).status).toBe(200);
    expect((await send('GET', '/theirs')).status).toBe(404);
  });

  it('may be as long as the limit says, and is refused beyond it with the figure', async () => {
    const filler = (bytes: number) => ({ subject: 'S', text: '"'.repeat(bytes) });
    expect((await send('PUT', '/long', filler(250 * 1024))).status).toBe(201);
    expect(await send('PUT', '/long', filler(260 * 1024))).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'text', detail: expect.stringContaining('at most 262144') }] },
    });
    const tooLong = await send('PUT', '/long', filler(400 * 1024));
    expect(tooLong).toMatchObject({ status: 413, body: { detail: expect.stringContaining('614400 bytes') } });
  });
});

describe('what cannot be kept or shown is refused', () => {
  beforeAll(() => send('PUT', '/order', { subject: '{{ order.id }}', text: 'Hi {{ name }}' }));

  it.each<[string, string, unknown, number, object]>([
    [
      'PUT',
      '/broken',
      { subject: 'a', html: '<p>\n{{ x' },
      422,
      { errors: [{ field: 'html', detail: /^line 2/ }] },
    ],
    ['PUT', '/empty', { subject: 'a' }, 422, { errors: [{ field: 'text' }] }],
    ['PUT', '/more', { ...hello, from: 'a@example.com' }, 422, {}],
    ['PUT', '/no%20name', hello, 422, { errors: [{ field: 'name' }] }],
    ['PUT', '/json', '{', 400, {}],
    ['GET', '/nothing', undefined, 404, {}],
    ['GET', '/order/versions/2', undefined, 404, { detail: /in version 2/ }],
    ['GET', '/order/versions/0', undefined, 422, {}],
    ['POST', '/nothing/preview', {}, 404, {}],
    [
      'POST',
      '/order/preview',
      { params: {} },
      422,
      { errors: [{ field: 'params.name' }, { field: 'params.order' }] },
    ],
    ['POST', '/order/preview', { params: [] }, 422, { errors: [{ field: 'params' }] }],
  ])('%s %s %j', async (method, path, body, status, problem) => {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(withPatterns(problem) as object);
  });
});

/** Regular expressions as matchers, all the way down. */
function withPatterns(value: unknown): unknown {
  if (value instanceof RegExp) return expect.stringMatching(value);
  if (Array.isArray(value)) return value.map(withPatterns);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withPatterns(inner)]));
}
