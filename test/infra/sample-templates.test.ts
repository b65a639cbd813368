/** The sample templates: each has both texts, renders with its own params, and breaks with none of them escaped. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readParams, readTemplates } from '../../src/cli/template-files.ts';
import { renderTemplate } from '../../src/stores/template-engine.ts';

const folder = fileURLToPath(new URL('../../infra/templates', import.meta.url));
const templates = await readTemplates(folder);

/** Every text in the params, as deep as it stands. */
const hostile = (value: unknown): unknown => {
  if (typeof value === 'string') return `"><script>${value}</script>`;
  if (Array.isArray(value)) return value.map(hostile);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hostile(inner)]));
};

it('are five', () => {
  const names = ['delivery-notice', 'invitation', 'newsletter', 'password-reset', 'receipt'];
  expect(templates.map(({ name }) => name)).toEqual(names);
});

it.each(templates)('$name renders with its params, and says what it lacks without', async (template) => {
  const params = await readParams(`${template.folder}/params.json`);
  const rendering = renderTemplate(template.content, params);
  expect(rendering).toMatchObject({
    kind: 'rendered',
    content: { subject: expect.stringMatching(/\S/), text: expect.any(String), html: expect.any(String) },
  });
  expect(JSON.stringify(rendering)).not.toMatch(/\{\{|\{%|undefined|\[object/);
  expect(renderTemplate(template.content, {})).toMatchObject({ kind: 'refused', problems: [] });
});

it.each(templates)('$name lets no param write HTML', async (template) => {
  const params = hostile(await readParams(`${template.folder}/params.json`)) as Record<string, unknown>;
  const rendering = renderTemplate(template.content, params);
  expect(rendering.kind === 'rendered' && rendering.content.html).not.toContain('<script>');
});
