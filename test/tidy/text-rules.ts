/** What may stand in the project's text files: addresses that belong to nobody, nothing left behind, no private hosts. */
import { posix } from 'node:path';
import { literal, projectFiles, readText, type Source, type SyntaxNode, walk } from './sources.ts';

const BINARY = /\.(png|jpg|ico|gif|woff2?|gz|zip|bin|db)$/;
const textFiles = (): string[] => projectFiles().filter((path) => !BINARY.test(path));

const placesOf = (path: string, pattern: RegExp): { place: string; found: string }[] =>
  readText(path)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(pattern)].map((match) => ({ place: `${path}:${index + 1}`, found: match[0] })),
    );

/** Left behind by somebody in a hurry. */
const LEFT_BEHIND: { pattern: RegExp; instead: string }[] = [
  { pattern: /\.(only|skip)\(/g, instead: 'Run every test; state a known wrong result with its reason.' },
  { pattern: /@ts-(ignore|nocheck|expect-error)/g, instead: 'Mend the type.' },
  { pattern: /\bas\s+any\b/g, instead: 'Use unknown and narrow it, or name the type.' },
  { pattern: /\b(TO(?=DO)DO|FIX(?=ME)ME|XX(?=X)X|HA(?=CK)CK)\b/g, instead: 'Finish it, or open an issue.' },
];

/** Shortcuts and notes to oneself in the code. */
export function leftBehindProblems(sources: Source[]): string[] {
  return sources
    .filter((source) => source.path !== 'test/tidy/text-rules.ts')
    .flatMap((source) =>
      LEFT_BEHIND.flatMap(({ pattern, instead }) =>
        placesOf(source.path, pattern).map(({ place, found }) => `${place} has «${found}». ${instead}`),
      ),
    );
}

/** Drawers without an owner grow for ever. */
export function folderProblems(): string[] {
  return projectFiles()
    .filter((path) => /(^|\/)(utils?|helpers?|common|shared|lib|misc)(\/|\.ts$)/.test(path))
    .map((path) => `${path}: name the noun that it is about instead.`);
}

const ADDRESS = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@(?:[\p{L}\p{N}-]+\.)+\p{L}[\p{L}\p{N}-]*/gu;
/** Reserved by RFC 2606 and RFC 6761, so that nobody can have them; and the host name of a service, not of a person. */
const NOBODYS = /(^|\.)(example|test|invalid|localhost|example\.(com|org|net))$|(^|\.)amazonses\.com$/;

/** Addresses that might belong to somebody. */
export function addressProblems(): string[] {
  return textFiles()
    .filter((path) => path !== 'package-lock.json')
    .flatMap((path) => placesOf(path, ADDRESS))
    .filter(({ found }) => !NOBODYS.test(found.slice(found.lastIndexOf('@') + 1).toLowerCase()))
    .map(
      ({ place, found }) =>
        `${place} has the address ${found}. Use example.com, .example, .test or .invalid.`,
    );
}

/** The lock file must install from any registry. */
export function lockFileProblems(): string[] {
  return placesOf('package-lock.json', /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)[^"]*"/g).map(
    ({ place, found }) =>
      `${place} names ${found}. Write it again with npm's omit-lockfile-registry-resolved.`,
  );
}

/** Links between documents must lead somewhere: `[text](path)` with a path of the project. */
export function linkProblems(): string[] {
  const files = projectFiles();
  const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  return files
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      placesOf(path, /\]\((?!https?:|#)[^)\s]+\)/g).flatMap(({ place, found }) => {
        const target = found.slice(2, -1).split('#')[0] ?? '';
        const resolved = posix.join(posix.dirname(path), target);
        return isThere(resolved)
          ? []
          : [`${place} links to ${target}, which is not there. Mend or remove it.`];
      }),
    );
}

/** Files whose schemas say which variables there are. */
const CONFIGURATION = ['src/config.ts', 'src/config-variables.ts', 'src/config-development.ts'];

/** The variables that these files read: keys of their schemas, and what they take from the environment as it is. */
export function configurationNames(sources: Source[]): string[] {
  const names = new Set<string>();
  const files = sources.filter((source) => CONFIGURATION.includes(source.path));
  if (!files.some(({ path }) => path === 'src/config.ts'))
    throw new Error('src/config.ts is missing; it is the only reader of the environment.');
  for (const { tree } of files) {
    walk(tree, (node) => {
      const name = node.type === 'Property' ? (node.key as SyntaxNode) : undefined;
      const member = node.type === 'MemberExpression' ? (node.property as SyntaxNode) : undefined;
      const found = name?.name ?? member?.name ?? literal(node);
      if (typeof found === 'string' && /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^DOMAINS$/.test(found))
        names.add(found);
    });
  }
  return [...names].sort();
}

/** First cells of the configuration table: the rows between the heading «Configuration» and the next heading. */
function tableNames(): string[] {
  const section =
    readText('README.md')
      .split(/^## /m)
      .find((part) => part.startsWith('Configuration')) ?? '';
  const cells = section.split('\n').flatMap((line) => /^\|([^|]*)\|/.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1] ?? ''));
}

const exampleNames = (): string[] =>
  readText('.env.example')
    .split('\n')
    .flatMap((line) => /^#? ?([A-Z][A-Z0-9_]+)=/.exec(line)?.[1] ?? []);

/** The same variables in the code, in the README and in .env.example, each way. */
export function configurationProblems(sources: Source[]): string[] {
  const code = configurationNames(sources);
  const documents = [
    { name: "README.md's configuration table", names: tableNames() },
    { name: '.env.example', names: exampleNames() },
  ];
  return documents.flatMap(({ name, names }) => [
    ...code
      .filter((entry) => !names.includes(entry))
      .map((entry) => `${entry} is missing from ${name}: add it.`),
    ...names
      .filter((entry) => !code.includes(entry))
      .map((entry) => `${name} has ${entry}, which src/config.ts does not read: remove it.`),
    ...names
      .filter((entry, index) => names.indexOf(entry) !== index)
      .map((entry) => `${name} has ${entry} twice.`),
  ]);
}
