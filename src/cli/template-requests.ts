/** What `everpost templates …` does: puts templates from files, lists and previews them. */
import { join } from 'node:path';
import { renderTemplate, type TemplateContent } from '../stores/template-engine.ts';
import { CliError, type Environment } from './environment.ts';
import { type Ask, jsonRequest, withLocalApi } from './local-api.ts';
import { isFolder, readParams, readTemplates } from './template-files.ts';

type Whose = { account?: string };
type PreviewOptions = Whose & { params?: string; templateVersion?: string };
type Stored = { name: string; version: number };
type Page = { items: (Stored & { subject: string; updatedAt: string })[]; next: string | null };

const TEMPLATES = '/v1/templates';

const queryOf = ({ account }: Whose, more: Record<string, string> = {}): string =>
  `?${new URLSearchParams({ ...(account !== undefined && { account }), ...more })}`;

async function put(ask: Ask, paths: string[], whose: Whose): Promise<void> {
  // All are read first: a folder that is not there must not leave half of the others behind.
  const templates = (await Promise.all(paths.map(readTemplates))).flat();
  for (const { name, content } of templates) {
    const path = `${TEMPLATES}/${encodeURIComponent(name)}${queryOf(whose)}`;
    const answer = await ask(path, jsonRequest('PUT', content)).catch((error: unknown) => {
      throw error instanceof CliError ? new CliError(`${name}: ${error.message}`) : error;
    });
    const { version } = (await answer.json()) as Stored;
    process.stdout.write(`${name}: ${answer.status === 201 ? '' : 'already '}version ${version}\n`);
  }
}

async function list(ask: Ask, whose: Whose): Promise<void> {
  let cursor: Record<string, string> = {};
  for (;;) {
    const answer = await ask(TEMPLATES + queryOf(whose, { limit: '200', ...cursor }));
    const { items, next } = (await answer.json()) as Page;
    for (const { name, version, subject, updatedAt } of items)
      process.stdout.write(`${name}\tversion ${version}\t${updatedAt}\t${subject}\n`);
    if (next === null) return;
    cursor = { cursor: next };
  }
}

function print({ subject, text, html }: TemplateContent): void {
  const parts = [`Subject: ${subject}\n`, text, html].filter((part) => part !== undefined);
  process.stdout.write(`${parts.map((part) => part.trimEnd()).join('\n\n')}\n`);
}

/** Renders what stands in a folder, without asking anybody. */
async function previewFolder(path: string, paramsFile: string | undefined): Promise<void> {
  for (const { name, folder, content } of await readTemplates(path)) {
    const rendering = renderTemplate(content, await readParams(paramsFile ?? join(folder, 'params.json')));
    if (rendering.kind === 'rendered') print(rendering.content);
    else {
      const missing = rendering.missing.map((param) => `params.${param} is missing`);
      const problems = rendering.problems.map(
        ({ part, line, column, detail }) =>
          `${part}${line === undefined ? '' : `, line ${line}, column ${column}`}: ${detail}`,
      );
      throw new CliError([`${name} cannot be rendered`, ...missing, ...problems].join('\n  '));
    }
  }
}

async function previewStored(
  ask: Ask,
  name: string,
  { params, templateVersion, ...whose }: PreviewOptions,
): Promise<void> {
  const body = {
    params: params === undefined ? {} : await readParams(params),
    ...(templateVersion !== undefined && { version: Number(templateVersion) }),
  };
  const path = `${TEMPLATES}/${encodeURIComponent(name)}/preview${queryOf(whose)}`;
  print((await (await ask(path, jsonRequest('POST', body))).json()) as TemplateContent);
}

/** Puts templates from folders. */
export const putTemplates = (environment: Environment, paths: string[], whose: Whose): Promise<void> =>
  withLocalApi(environment, (ask) => put(ask, paths, whose));

/** Prints the templates of an account. */
export const listTemplates = (environment: Environment, whose: Whose): Promise<void> =>
  withLocalApi(environment, (ask) => list(ask, whose));

/** Prints a rendered template: of a folder as it stands there, else the kept one of that name. */
export async function previewTemplate(
  environment: Environment,
  which: string,
  options: PreviewOptions,
): Promise<void> {
  if (/[/\\]/.test(which) || (await isFolder(which))) return previewFolder(which, options.params);
  await withLocalApi(environment, (ask) => previewStored(ask, which, options));
}
