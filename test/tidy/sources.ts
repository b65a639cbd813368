/**
 * The project's own files and syntax trees, for the tests that keep its style. Reads the tree as it lies on disk
 * (so that a file is judged before it is committed) and leaves out what is made or installed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Folders that hold what is installed, built or running; nobody wrote what is in them. */
const NOT_OURS = new Set(['node_modules', '.git', '.everpost', 'dist', 'coverage']);

/** A node of the syntax tree (ESTree with TypeScript). `start` and `end` are offsets into the text. */
export type SyntaxNode = { type: string; start: number; end: number; [key: string]: unknown };

/** One source file; `path` is relative to the root, with forward slashes. */
export type Source = { path: string; text: string; tree: SyntaxNode };

/** One import: by statement, by `import()`, by `import('…')` in a type, or by `new URL('./x.ts', import.meta.url)`. */
export type Import = { specifier: string; typeOnly: boolean; line: number };

/** Paths of all files of the project, relative to its root. */
export function projectFiles(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return projectFiles(path);
    return entry.isFile() ? [path] : [];
  });
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export function parseSource(path: string, text: string): Source {
  const tree = parseAst(text, { lang: 'ts', astType: 'ts' }, path) as unknown as SyntaxNode;
  return { path, text, tree };
}

/** Every TypeScript and JavaScript file that a person wrote, parsed. */
export function readSources(): Source[] {
  return projectFiles()
    .filter((path) => /\.(ts|mts|mjs|js)$/.test(path) && !/(^|\/)(fixtures|histories)\//.test(path))
    .map((path) => parseSource(path, readText(path)));
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string';

/** Calls `visit` with every node and its parents, outermost first. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parents: SyntaxNode[]) => void,
  parents: SyntaxNode[] = [],
): void {
  visit(node, parents);
  const below = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, below);
  }
}

/** 1 for the first line. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** The text of a string literal node, or undefined. */
export const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;

/** Whether an import or re-export statement disappears when types are stripped. */
function isTypeOnly(node: SyntaxNode): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = (node.specifiers ?? []) as SyntaxNode[];
  return names.length > 0 && names.every((name) => name.importKind === 'type' || name.exportKind === 'type');
}

/** `new URL('./x.ts', import.meta.url)`: how the bundler is told where the workflows are. */
function urlOfModule(node: SyntaxNode): string | undefined {
  const callee = node.callee as SyntaxNode | undefined;
  if (node.type !== 'NewExpression' || callee?.name !== 'URL') return undefined;
  const target = literal((node.arguments as unknown[])[0]);
  return target?.startsWith('.') && target.endsWith('.ts') ? target : undefined;
}

/** All imports of a file, in the order in which they stand. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(source.tree, (node) => {
    const add = (specifier: string | undefined, typeOnly: boolean) => {
      if (specifier !== undefined) found.push({ specifier, typeOnly, line: lineAt(source.text, node.start) });
    };
    if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type))
      add(literal(node.source), isTypeOnly(node));
    else if (node.type === 'ImportExpression') add(literal(node.source), false);
    else if (node.type === 'TSImportType') add(literal(node.source ?? node.argument), true);
    else add(urlOfModule(node), false);
  });
  return found;
}

/** Path of a relative import, from the root; undefined for a package or a part of Node. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return relative(ROOT, fileURLToPath(new URL(specifier, `file://${join(ROOT, from)}`)));
}
