/** What our code must look like, one function a rule; each answers with sentences that say what to do instead. */
import { lineAt, type Source, type SyntaxNode, walk } from './sources.ts';

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 60;

/**
 * Functions that are longer than the limit, with the lines that each may have. The list may only shrink: a function
 * that got shorter must be given its new figure, and nothing new is added.
 */
export const LONG_FUNCTIONS: Record<string, number> = {};

const inProduct = (source: Source): boolean => /^(src|workflows|activities)\//.test(source.path);
const at = (source: Source, node: SyntaxNode): string => `${source.path}:${lineAt(source.text, node.start)}`;
const isFunction = (node: SyntaxNode): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);

/** `describe('…', () => { … })` is a heading with tests below it, not a function that somebody must follow. */
function isSuite(parents: SyntaxNode[]): boolean {
  const call = parents.at(-1);
  const callee = call?.callee as SyntaxNode | undefined;
  const name = (callee?.name ?? (callee?.object as SyntaxNode | undefined)?.name) as string | undefined;
  return call?.type === 'CallExpression' && name === 'describe';
}

function functionName(node: SyntaxNode, parents: SyntaxNode[]): string {
  const holder = parents.at(-1);
  const named = [node.id, holder?.id, holder?.key].find(
    (entry) => (entry as SyntaxNode | undefined)?.name !== undefined,
  ) as SyntaxNode | undefined;
  return named === undefined ? 'without a name' : String(named.name);
}

/** Files and functions that have grown beyond what a newcomer reads in one go. */
export function sizeProblems(sources: Source[]): string[] {
  const problems: string[] = [];
  const unused = new Set(Object.keys(LONG_FUNCTIONS));
  for (const source of sources) {
    const lines = source.text.split('\n').length - 1;
    if (lines > FILE_LINES_MAX)
      problems.push(
        `${source.path} has ${lines} lines; at most ${FILE_LINES_MAX}. Split it by what it is about.`,
      );
    walk(source.tree, (node, parents) => {
      if (!isFunction(node) || isSuite(parents)) return;
      const length = lineAt(source.text, node.end) - lineAt(source.text, node.start) + 1;
      const key = `${source.path} ${functionName(node, parents)}`;
      const limit = LONG_FUNCTIONS[key] ?? FUNCTION_LINES_MAX;
      if (length <= FUNCTION_LINES_MAX) return;
      unused.delete(key);
      if (length > limit)
        problems.push(
          `${at(source, node)} «${key}» has ${length} lines; at most ${limit}. Take a step out of it.`,
        );
      else if (length < limit)
        problems.push(`«${key}» has shrunk to ${length} lines: lower its figure in LONG_FUNCTIONS.`);
    });
  }
  for (const key of unused) problems.push(`«${key}» is short or gone: remove it from LONG_FUNCTIONS.`);
  return problems;
}

/** Every file says at its top what it promises; every exported function of the product what it means. */
export function commentProblems(sources: Source[]): string[] {
  return sources.flatMap((source) => {
    const problems: string[] = [];
    if (!source.text.replace(/^#!.*\n/, '').startsWith('/**'))
      problems.push(`${source.path} does not open with /** … */: say what the module promises.`);
    if (!inProduct(source)) return problems;
    for (const statement of source.tree.body as SyntaxNode[]) {
      const declared = statement.declaration as SyntaxNode | null | undefined;
      if (statement.type !== 'ExportNamedDeclaration' || !declared) continue;
      const first = (declared.declarations as SyntaxNode[] | undefined)?.[0]?.init as SyntaxNode | undefined;
      if (!isFunction(declared) && !(first && isFunction(first))) continue;
      if (!source.text.slice(0, statement.start).trimEnd().endsWith('*/'))
        problems.push(
          `${at(source, statement)} exports a function without a /** … */: meaning, units, errors.`,
        );
    }
    return problems;
  });
}

/** `process.env` is read by src/config.ts; a file that wires may hand it on whole. */
export function environmentProblems(sources: Source[]): string[] {
  const mayHandOn = (path: string) =>
    /(^|\/)main\.ts$/.test(path) || /^(infra|bench|test|src\/cli)\//.test(path);
  return sources.flatMap((source) => {
    const problems: string[] = [];
    if (source.path === 'src/config.ts' || /^(test|infra)\//.test(source.path)) return problems;
    walk(source.tree, (node, parents) => {
      const property = node.property as SyntaxNode | undefined;
      if (node.type !== 'MemberExpression' || property?.name !== 'env') return;
      if ((node.object as SyntaxNode).name !== 'process') return;
      const holder = parents.at(-1);
      const reads =
        holder?.type === 'MemberExpression' ||
        (holder?.id as SyntaxNode | undefined)?.type === 'ObjectPattern';
      if (reads || !mayHandOn(source.path))
        problems.push(
          `${at(source, node)} reads process.env. Add the variable to src/config.ts and take it from Config.`,
        );
    });
    return problems;
  });
}

/** Names that do not mean the same everywhere and always: src/mail runs in the workflow sandbox too. */
const IMPURE = new Set(
  'Buffer process performance setTimeout setInterval setImmediate queueMicrotask fetch console crypto require globalThis'.split(
    ' ',
  ),
);

/** src/mail has no I/O, no clock, no chance and no part of Node. */
export function purityProblems(sources: Source[]): string[] {
  return sources.flatMap((source) => {
    const problems: string[] = [];
    if (!source.path.startsWith('src/mail/')) return problems;
    const refuse = (node: SyntaxNode, what: string) =>
      problems.push(
        `${at(source, node)} uses ${what}. Take the time, chance, digest or text as an argument.`,
      );
    walk(source.tree, (node, parents) => {
      const holder = parents.at(-1);
      const isKey =
        (holder?.property === node || holder?.key === node) &&
        holder.computed !== true &&
        holder.value !== node;
      if (node.type === 'Identifier' && IMPURE.has(String(node.name)) && !isKey)
        refuse(node, String(node.name));
      const callee = node.callee as SyntaxNode | undefined;
      if (
        node.type === 'NewExpression' &&
        callee?.name === 'Date' &&
        (node.arguments as unknown[]).length === 0
      )
        refuse(node, 'new Date()');
      if (node.type === 'CallExpression' && callee?.name === 'Date') refuse(node, 'Date()');
      const member = `${(node.object as SyntaxNode | undefined)?.name}.${(node.property as SyntaxNode | undefined)?.name}`;
      if (node.type === 'MemberExpression' && (member === 'Date.now' || member === 'Math.random'))
        refuse(node, `${member}()`);
    });
    return problems;
  });
}

/** Two ways to reach one thing hide who uses it. workflows.ts and activities.ts are named entries of the bundler. */
export function barrelProblems(sources: Source[]): string[] {
  return sources.flatMap((source) => {
    const statements = source.tree.body as SyntaxNode[];
    const handsOn = statements.filter(
      (node) =>
        node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source),
    );
    const isEntry = /^(workflows\/workflows|activities\/activities)\.ts$/.test(source.path);
    if (isEntry || (handsOn.length === 0 && !/(^|\/)index\.[mc]?[jt]s$/.test(source.path))) return [];
    return [`${source.path} re-exports other modules. Import from where the thing is defined.`];
  });
}
