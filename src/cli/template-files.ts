/**
 * A template as a folder of files, named as the folder is: `subject.txt`, `mail.txt` and `mail.html` (one of them or
 * both), and `params.json` with sample params for previews.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { TemplateContent } from '../stores/template-engine.ts';
import { CliError } from './environment.ts';

export type TemplateFolder = { name: string; folder: string; content: TemplateContent };

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether the path is a folder. */
export const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** The template in a folder; undefined where the folder holds no `subject.txt`. */
async function readTemplate(folder: string): Promise<TemplateFolder | undefined> {
  const files = ['subject.txt', 'mail.txt', 'mail.html'].map((file) => textOf(join(folder, file)));
  const [subject, text, html] = await Promise.all(files);
  if (subject === undefined) return undefined;
  const content = {
    subject: subject.trim(),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
  };
  return { name: basename(resolve(folder)), folder, content };
}

/** The template in a folder, or those in the folders in it, by name. Throws CliError where there is none. */
export async function readTemplates(path: string): Promise<TemplateFolder[]> {
  if (!(await isFolder(path))) throw new CliError(`There is no folder ${path}.`);
  const own = await readTemplate(path);
  if (own !== undefined) return [own];
  const within = (await readdir(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const names = within.map(({ name }) => name).sort();
  const found = (await Promise.all(names.map((name) => readTemplate(join(path, name))))).flatMap(
    (template) => template ?? [],
  );
  if (found.length > 0) return found;
  throw new CliError(`Neither ${path} nor a folder in it has a subject.txt, so there is no template.`);
}

/** Params from a JSON file. Throws CliError where it is no JSON object. */
export async function readParams(file: string): Promise<Record<string, unknown>> {
  const text = await textOf(file);
  if (text === undefined) throw new CliError(`There is no file ${file}.`);
  try {
    const params: unknown = JSON.parse(text);
    if (typeof params === 'object' && params !== null && !Array.isArray(params))
      return params as Record<string, unknown>;
  } catch (error) {
    throw new CliError(`${file} is no JSON: ${(error as Error).message}`);
  }
  throw new CliError(`${file} holds no object of params, such as {"name": "Ann"}.`);
}
