/**
 * Checks and renders mail templates (Liquid). Promise: no template runs code, reads a file, runs for long or grows
 * without end; every part escapes what params bring in for the place where it stands (rule 66); and whatever is
 * wrong is answered as a value that names the part, the place and all missing params at once.
 */
import { Liquid, type LiquidError, type Template as Syntax } from 'liquidjs';

/** At least one of `text` and `html` is there. */
export type TemplateContent = { subject: string; text?: string; html?: string };

export type TemplatePart = keyof TemplateContent;

/** What is wrong with a template; `line` and `column` count from 1. */
export type TemplateProblem = { part: TemplatePart; detail: string; line?: number; column?: number };

export type Rendering =
  | { kind: 'rendered'; content: TemplateContent }
  /** `missing` are the params that the template uses and nobody gave, such as `order.total`. */
  | { kind: 'refused'; missing: string[]; problems: TemplateProblem[] };

/** All parts together; a version must fit into one item of DynamoDB (400 KB). */
export const TEMPLATE_BYTES_MAX = 256 * 1024;
/** Of one rendered part. */
export const RENDERED_CHARS_MAX = 1024 * 1024;
/** Tags and placeholders of one part. More than a stack of them nested does not fit into the engine's stack. */
const MARKS_MAX = 2_000;
/** Of one rendered part, in the one thread there is; what is usual takes under 5 ms. */
const RENDER_MS_MAX = 500;
/** The engine's own count of what it allocates, some units a character. */
const MEMORY_MAX = 8 * RENDERED_CHARS_MAX;
/** Problems told of one template: the first tell the rest. */
const PROBLEMS_MAX = 20;

const PARTS = ['subject', 'text', 'html'] as const;
/** They would read other files; a template stands alone. */
const FILE_TAGS = ['include', 'render', 'layout', 'block'];

/** What ends a header line, or would be a control in one, becomes a space (rule 65). */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

const OPTIONS = {
  // Without a file system: nothing but the template itself can be read.
  templates: {},
  strictVariables: true,
  strictFilters: true,
  // `if` and `default` are how a template says that a param may be absent.
  lenientIf: true,
  ownPropertyOnly: true,
  timezoneOffset: 0,
  parseLimit: TEMPLATE_BYTES_MAX,
  renderLimit: RENDER_MS_MAX,
  memoryLimit: MEMORY_MAX,
};

/** One parser a context, since escaping is settled when a template is parsed. It stops at the first error. */
const PARSERS: Record<TemplatePart, Liquid> = {
  subject: new Liquid({ ...OPTIONS, outputEscape: (value) => oneLine(String(value ?? '')) }),
  text: new Liquid(OPTIONS),
  html: new Liquid({ ...OPTIONS, outputEscape: 'escape' }),
};
for (const parser of Object.values(PARSERS)) for (const tag of FILE_TAGS) delete parser.tags[tag];

/** Goes on after an error, so that all missing params are named. */
const RENDERER = new Liquid({ ...OPTIONS, catchAllErrors: true });

const partsOf = (content: TemplateContent): [TemplatePart, string][] =>
  PARTS.flatMap((part) => (content[part] === undefined ? [] : [[part, content[part]]]));

function problemOf(part: TemplatePart, error: unknown): TemplateProblem {
  const [line, column] = (error as Partial<LiquidError>).token?.getPosition() ?? [];
  const message = error instanceof Error ? error.message : String(error);
  const detail = message
    .replace(/, line:\d+, col:\d+$/, '')
    .replace('Maximum call stack size exceeded', 'tags are nested too deeply');
  return { part, detail, ...(line === undefined || column === undefined ? {} : { line, column }) };
}

function parse(part: TemplatePart, source: string): Syntax[] | TemplateProblem {
  const marks = source.match(/\{[{%]/g)?.length ?? 0;
  if (marks > MARKS_MAX)
    return { part, detail: `it has ${marks} tags and placeholders, at most ${MARKS_MAX}` };
  try {
    return PARSERS[part].parse(source);
  } catch (error) {
    return problemOf(part, error);
  }
}

/** What is wrong with a template before any params are known; empty where it can be kept. */
export function checkTemplate(content: TemplateContent): TemplateProblem[] {
  const parts = partsOf(content);
  const bytes = parts.reduce((sum, [, source]) => sum + Buffer.byteLength(source), 0);
  if (bytes > TEMPLATE_BYTES_MAX) {
    const detail = `the template has ${bytes} bytes in all, at most ${TEMPLATE_BYTES_MAX}`;
    return [{ part: content.html === undefined ? 'text' : 'html', detail }];
  }
  if (content.text === undefined && content.html === undefined) {
    return [{ part: 'text', detail: 'there is neither text nor html; give one of them or both' }];
  }
  return parts.flatMap(([part, source]) => {
    const syntax = parse(part, source);
    return Array.isArray(syntax) ? [] : [syntax];
  });
}

/** The errors behind a rendering's one error: loops and conditions wrap those of what stands in them. */
function innermost(error: unknown): unknown[] {
  const { errors, originalError } = error as { errors?: unknown[]; originalError?: { errors?: unknown[] } };
  const within = errors ?? originalError?.errors;
  return within === undefined ? [error] : within.flatMap(innermost);
}

const missingParam = (error: unknown): string | undefined =>
  (error as { originalError?: { variableName?: string } }).originalError?.variableName;

/** The part as text, or the errors that came of it. */
function renderPart(part: TemplatePart, syntax: Syntax[], params: object): string | unknown[] {
  try {
    const text: string = RENDERER.renderSync(syntax, params);
    if (text.length > RENDERED_CHARS_MAX)
      return [new Error(`it becomes ${text.length} characters long, at most ${RENDERED_CHARS_MAX}`)];
    return part === 'subject' ? oneLine(text).trim() : text;
  } catch (error) {
    return innermost(error);
  }
}

/**
 * Fills in the params (plain JSON). Values are HTML-escaped in `html`, freed of line breaks in `subject`, and as
 * they are in `text`. Never throws for what a template or its params do.
 */
export function renderTemplate(content: TemplateContent, params: Record<string, unknown>): Rendering {
  const problems = checkTemplate(content);
  if (problems.length > 0) return { kind: 'refused', missing: [], problems };
  const rendered: Partial<TemplateContent> = {};
  const missing = new Set<string>();
  for (const [part, source] of partsOf(content)) {
    const syntax = parse(part, source) as Syntax[];
    const outcome = renderPart(part, syntax, params);
    if (typeof outcome === 'string') rendered[part] = outcome;
    else
      for (const error of outcome) {
        const name = missingParam(error);
        if (name === undefined) problems.push(problemOf(part, error));
        else missing.add(name);
      }
  }
  if (missing.size === 0 && problems.length === 0)
    return { kind: 'rendered', content: rendered as TemplateContent };
  return { kind: 'refused', missing: [...missing].sort(), problems: problems.slice(0, PROBLEMS_MAX) };
}
