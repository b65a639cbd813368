/**
 * The import rule as data: imports point the way mail travels, bridge → workflows → activities → stores → mail,
 * and nothing points back. api, cli, ingest and dashboard stand beside bridge.
 */
import { type Import, importsOf, resolveImport, type Source } from './sources.ts';

/**
 * What the files under a path may import. Entries of `values` and `types` are folders (with a slash at the end) or
 * files of the project; a value import implies the type import. `packages`: the only packages allowed, else any;
 * an entry that ends with a colon, such as `node:`, stands for all that begin with it.
 */
type Layer = { path: string; values: string[]; types?: string[]; packages?: string[] };

const SMALL_SDK = ['@temporalio/workflow', '@temporalio/common'];
/** What everything outside the sandbox may know: configuration, signatures, and how events are logged and counted. */
const AROUND = ['src/config.ts', 'src/config-variables.ts', 'src/secrets.ts', 'src/log.ts', 'src/metrics.ts'];
const DOORS = [
  'src/mail/',
  'src/stores/',
  'src/smtp/',
  'workflows/messages.ts',
  'workflows/send-messages.ts',
  ...AROUND,
];

/** The first entry whose path begins that of the file decides. */
export const LAYERS: Layer[] = [
  { path: 'src/mail/', values: ['src/mail/'], packages: [] },
  { path: 'src/config-variables.ts', values: [], packages: ['zod'] },
  {
    path: 'src/config.ts',
    values: ['src/config-variables.ts'],
    types: ['src/mail/'],
    packages: ['zod', '@temporalio/envconfig'],
  },
  {
    path: 'src/config-development.ts',
    values: ['src/config.ts', 'src/config-variables.ts'],
    packages: ['zod'],
  },
  { path: 'src/secrets.ts', values: [], packages: ['node:crypto'] },
  { path: 'src/log.ts', values: ['src/config.ts'] },
  { path: 'src/metrics.ts', values: ['src/config.ts'] },
  { path: 'src/stores/', values: ['src/stores/', 'src/mail/', ...AROUND] },
  { path: 'src/smtp/', values: ['src/smtp/', 'src/mail/', ...AROUND] },
  {
    path: 'activities/',
    values: ['activities/', ...DOORS],
  },
  { path: 'workflows/messages.ts', values: [], types: ['src/mail/'], packages: SMALL_SDK },
  {
    path: 'workflows/send-messages.ts',
    values: [],
    types: ['src/mail/', 'workflows/messages.ts'],
    packages: SMALL_SDK,
  },
  { path: 'workflows/', values: ['workflows/', 'src/mail/'], types: ['activities/'], packages: SMALL_SDK },
  { path: 'src/bridge/', values: ['src/bridge/', ...DOORS] },
  { path: 'src/ingest/', values: ['src/ingest/', ...DOORS] },
  { path: 'src/api/', values: ['src/api/', 'src/dashboard/', 'activities/day-clock.ts', ...DOORS] },
  { path: 'src/dashboard/', values: ['src/dashboard/', 'src/mail/'] },
  {
    path: 'src/worker/',
    values: [
      'src/worker/',
      'activities/',
      'workflows/workflows.ts',
      'workflows/payload-converter.ts',
      ...DOORS,
    ],
  },
  { path: 'src/cli/', values: ['src/', 'activities/', 'workflows/', 'infra/'] },
];

const isMain = (path: string): boolean => /(^|\/)main\.ts$/.test(path);
const covers = (entries: string[], path: string): boolean =>
  entries.some((entry) => (entry.endsWith('/') ? path.startsWith(entry) : path === entry));

/** The sentence that refuses one import, or undefined when it is allowed. */
function refusal(file: string, layer: Layer | undefined, imported: Import): string | undefined {
  const place = `${file}:${imported.line} imports ${imported.specifier}`;
  const target = resolveImport(file, imported.specifier);
  if (target !== undefined && isMain(target))
    return `${place}: main.ts files only wire and nothing imports them. Move what you need into a module of its own.`;
  if (layer === undefined || isMain(file)) return undefined;
  if (target === undefined) {
    const allowed = layer.packages?.some((name) =>
      name.endsWith(':') ? imported.specifier.startsWith(name) : imported.specifier === name,
    );
    if (layer.packages === undefined || allowed) return undefined;
    const names = layer.packages.length === 0 ? 'no package and no part of Node' : layer.packages.join(', ');
    return `${place}: ${layer.path} may import ${names}. Hand the ability in as a function, or do it in an activity.`;
  }
  if (covers(layer.values, target) || (imported.typeOnly && covers(layer.types ?? [], target)))
    return undefined;
  if (covers(layer.types ?? [], target))
    return `${place}: ${layer.path} may know ${target} as types only. Write «import type».`;
  const below = [...layer.values, ...(layer.types ?? []).map((path) => `${path} (types)`)].join(', ');
  return `${place}: ${layer.path} may import ${below || 'nothing of the project'}. Move the shared part down a layer.`;
}

/** Every import that the rule refuses, each as a sentence. */
export function importProblems(sources: Source[], layers: Layer[] = LAYERS): string[] {
  return sources.flatMap((source) => {
    const layer = layers.find((entry) => source.path.startsWith(entry.path));
    const free = !/^(src|workflows|activities)\//.test(source.path);
    if (layer === undefined && !free)
      return [`${source.path} stands in no layer. Add its folder to LAYERS in test/tidy/import-rule.ts.`];
    return importsOf(source).flatMap((imported) => refusal(source.path, layer, imported) ?? []);
  });
}
