/** What a send gets from its template, or is told. */
import { expect, it } from 'vitest';
import { createRenderTemplate } from '../../activities/render-template.ts';
import { openTemplateStore } from '../../src/stores/template-store.ts';
import { newTables, openTestAws } from '../environment/deployment.ts';

it('is the text of the version it names, or a sentence that says what to mend', async () => {
  const aws = openTestAws();
  const templates = openTemplateStore(aws.dynamodb, (await newTables(aws)).templates);
  const id = { account: 'default', name: 'hello' };
  const render = createRenderTemplate({ templates });
  for (const text of ['Hi {{ name }}', 'Hello {{ name }} of {{ town }}, {{ name | minus: town.size }}'])
    await templates.put({ ...id, content: { subject: 'S', text }, now: new Date('2026-05-04T12:00:00Z') });

  const params = { name: 'Ann' };
  expect(await render({ ...id, version: 1, params })).toEqual({
    kind: 'rendered',
    version: 1,
    content: { subject: 'S', text: 'Hi Ann' },
  });
  const because = async (more: object) => render({ ...id, params, ...more });
  expect(await because({})).toEqual({
    kind: 'rejected',
    because: 'The template hello, version 2, cannot be rendered: params are missing: town.',
  });
  expect(await because({ version: 3 })).toMatchObject({
    because: 'The template hello does not exist in version 3.',
  });
  expect(await because({ account: 'acme' })).toMatchObject({ because: 'The template hello does not exist.' });
  aws.close();
});
