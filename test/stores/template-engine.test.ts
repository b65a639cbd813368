/** What templates may do, what they become, and how each wrong one is named. */
import { describe, expect, it } from 'vitest';
import {
  checkTemplate,
  RENDERED_CHARS_MAX,
  renderTemplate,
  TEMPLATE_BYTES_MAX,
  type TemplateContent,
} from '../../src/stores/template-engine.ts';

type Params = Record<string, unknown>;

const rendered = (content: Partial<TemplateContent>, params: Params = {}): TemplateContent => {
  const rendering = renderTemplate({ subject: 'Hello', text: '', ...content }, params);
  if (rendering.kind === 'refused') throw new Error(JSON.stringify(rendering));
  return rendering.content;
};
const refused = (text: string, params: Params = {}) => {
  const rendering = renderTemplate({ subject: 'Hello', text }, params);
  if (rendering.kind === 'rendered') throw new Error('it was rendered');
  return rendering;
};

describe('a value', () => {
  const value = `<b title="x">Tom & 'Jerry'</b>`;
  it.each([
    ['html', '&lt;b title=&#34;x&#34;&gt;Tom &amp; &#39;Jerry&#39;&lt;/b&gt;'],
    ['text', value],
    ['subject', value],
  ] as const)('stands in %s as %s', (part, expected) => {
    expect(rendered({ [part]: '{{ value }}' }, { value })[part]).toBe(expected);
  });

  it('cannot end the subject’s line', () => {
    const name = 'Ann\r\nBcc: eve@evil.example\u0000\u2028!';
    expect(rendered({ subject: ' Hi {{ name }}\n' }, { name }).subject).toBe(
      'Hi Ann Bcc: eve@evil.example !',
    );
    expect(rendered({ subject: '{{ name | raw }}' }, { name }).subject).not.toMatch(/[\r\n]/);
  });

  it('of null is empty, and of zero and false is written', () => {
    const params = { none: null, zero: 0, no: false };
    expect(rendered({ text: '{{ none }}/{{ zero }}/{{ no }}' }, params).text).toBe('/0/false');
  });

  it('comes out of lists and conditions', () => {
    const text =
      '{% for item in items %}{{ forloop.index }}. {{ item.name }}\n{% endfor %}{% if note %}{{ note }}{% endif %}';
    expect(rendered({ text }, { items: [{ name: 'a' }, { name: 'b' }] }).text).toBe('1. a\n2. b\n');
  });
});

describe('missing params', () => {
  it('are named all at once, each once, over all parts', () => {
    const content = {
      subject: '{{ order.id }}',
      text: '{{ name }} {{ order.id }} {% for item in items %}{{ item.price }}{% endfor %}',
      html: '{{ name }} {% if vip %}{{ gift }}{% endif %}',
    };
    const params = { order: {}, items: [{ price: 1 }, {}], vip: true };
    expect(renderTemplate(content, params)).toEqual({
      kind: 'refused',
      missing: ['gift', 'item.price', 'name', 'order.id'],
      problems: [],
    });
  });

  it('may be absent where the template says so', () => {
    const text = 'Hi {{ name | default: "you" }}{% if vip %}!{% endif %}{% unless vip %}.{% endunless %}';
    expect(rendered({ text }).text).toBe('Hi you.');
  });

  it.each(['constructor', 'x.__proto__', 'x.constructor.constructor'])('include %s', (name) => {
    expect(refused(`{{ ${name} }}`, { x: {} }).missing).toHaveLength(1);
  });
});

describe('a template that cannot be kept is refused with its place', () => {
  it.each<[string, object]>([
    ['{{ name', { line: 1, column: 1, detail: 'output "{{ name" not closed' }],
    ['a\n  {% if x %}', { line: 2, column: 3, detail: 'tag {% if x %} not closed' }],
    ['\n{{ x | shout }}', { line: 2, column: 1, detail: 'undefined filter: shout' }],
    ['{% include "other" %}', { line: 1, column: 1, detail: 'tag "include" not found' }],
    ['{% render "../../etc/passwd" %}', { detail: 'tag "render" not found' }],
    ['{% if a %}'.repeat(3_000), { detail: 'it has 3000 tags and placeholders, at most 2000' }],
  ])('%j', (text, problem) => {
    expect(checkTemplate({ subject: 'Hello', text })).toEqual([
      expect.objectContaining({ part: 'text', ...problem }),
    ]);
  });

  it('for its size', () => {
    const [problem] = checkTemplate({ subject: 'Hello', html: 'ä'.repeat(TEMPLATE_BYTES_MAX / 2) });
    expect(problem).toEqual({ part: 'html', detail: 'the template has 262149 bytes in all, at most 262144' });
  });

  it('with neither text nor html', () => {
    expect(checkTemplate({ subject: 'Hello' })).toHaveLength(1);
  });

  it('in each part that is wrong', () => {
    const parts = checkTemplate({ subject: '{{', text: '{{ ok }}', html: '{%' }).map(({ part }) => part);
    expect(parts).toEqual(['subject', 'html']);
  });
});

describe('a template bomb ends soon, with a reason', () => {
  const long = 'x'.repeat(10_000);
  const loops = (depth: number): string =>
    '{% for i in (1..1000) %}'.repeat(depth) + '{% endfor %}'.repeat(depth);
  it.each<[string, string, RegExp]>([
    ['a range of a hundred million', '{% for i in (1..100000000) %}x{% endfor %}', /memory alloc limit/],
    ['loops in loops in loops', loops(4), /render limit/],
    [
      'a text that doubles',
      `{% assign a = "${long}" %}${'{% assign a = a | append: a %}'.repeat(40)}`,
      /memory/,
    ],
    ['much from little', `{% for i in (1..1000) %}${long}{% endfor %}`, /becomes 10000000 characters/],
    [
      'a string beyond any',
      `{% for i in (1..1000) %}{% for j in (1..1000) %}${long}{% endfor %}{% endfor %}`,
      /./,
    ],
    [
      'tags nested deep',
      '{% if 1 %}'.repeat(1_000) + '{{ x }}'.repeat(900) + '{% endif %}'.repeat(1_000),
      /2900 tags/,
    ],
  ])('%s', (_, text, detail) => {
    const startMs = performance.now();
    expect(refused(text).problems[0]?.detail).toMatch(detail);
    // Far above the limit of half a second a part: other tests share the machine.
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('but a template of usual length does not', () => {
    const items = Array.from({ length: 500 }, (_, index) => ({ name: `Thing ${index}`, price: '9.99' }));
    const html =
      '<table>{% for item in items %}<tr><td>{{ item.name }}<td>{{ item.price }}{% endfor %}</table>';
    expect(rendered({ html }, { items }).html?.length).toBeLessThan(RENDERED_CHARS_MAX);
  });
});
