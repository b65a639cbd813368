/**
 * The text of a send that names a template. What is wrong with template or params is the customer's to mend, so it is
 * an answer with a sentence for him; only what trying again may mend is thrown.
 */
import { renderTemplate, type TemplateContent } from '../src/stores/template-engine.ts';
import type { TemplateId, TemplateStore } from '../src/stores/template-store.ts';

/** Without a version, the newest one. */
export type RenderRequest = TemplateId & { version?: number; params: Record<string, unknown> };

export type RenderOutcome =
  | { kind: 'rendered'; version: number; content: TemplateContent }
  | { kind: 'rejected'; because: string };

/** Makes the function that renders; it asks the store each time, once. */
export const createRenderTemplate =
  ({ templates }: { templates: Pick<TemplateStore, 'get'> }) =>
  async ({ params, ...wanted }: RenderRequest): Promise<RenderOutcome> => {
    const template = await templates.get(wanted);
    const name = `The template ${wanted.name}`;
    if (template === undefined) {
      const version = wanted.version === undefined ? '' : ` in version ${wanted.version}`;
      return { kind: 'rejected', because: `${name} does not exist${version}.` };
    }
    const rendering = renderTemplate(template.content, params);
    if (rendering.kind === 'rendered')
      return { kind: 'rendered', version: template.version, content: rendering.content };
    const { missing, problems } = rendering;
    const reasons = [
      ...(missing.length === 0 ? [] : [`params are missing: ${missing.join(', ')}`]),
      ...problems.map(({ part, detail }) => `${part}: ${detail}`),
    ];
    return {
      kind: 'rejected',
      because: `${name}, version ${template.version}, cannot be rendered: ${reasons.join('; ')}.`,
    };
  };
