/**
 * Reads the value of an address field (From, To, Cc …) as RFC 5322 §3.4 and §4.4 write it: quoted strings, nested
 * comments, groups, routes, domain literals. Never throws, takes linear time, and reads what it can of the rest.
 */

/** `name` without quotes, encoded words left as they are. `address` without comments and spaces, not checked. */
export type NamedAddress = { name: string; address: string };

/** `raw` keeps quotes, `text` has lost them. `apart`: white space or a comment stood before it. */
type Token = { kind: 'word' | 'special' | 'comment'; raw: string; text: string; apart: boolean };

const space = /[\s\u0000]+/y;
/** RFC 2047 §2, longer than allowed there; a comma or `@` inside is text. Or a literal, whose colons are. */
const whole = /=\?[^?\s]{1,80}\?[bq]\?[^?\s]{0,998}\?=|\[[^[\]]{1,250}\]/iy;
const atom = /[^\s\u0000()<>:;@,."]+/y;

function matchAt(pattern: RegExp, value: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(value)?.[0] ?? '';
}

/** Offset behind the bracket or quote that closes the one at `start`; 0 if nothing closes it. */
function closedAt(value: string, start: number, open: string, close: string): number {
  let depth = 1;
  for (let at = start + 1; at < value.length; at += 1) {
    const char = value[at];
    if (char === '\\') at += 1;
    else if (char === close) depth -= 1;
    else if (char === open) depth += 1;
    if (depth === 0) return at + 1;
  }
  return 0;
}

function tokensOf(value: string): Token[] {
  const tokens: Token[] = [];
  // Where nothing closed a bracket, looking again at the next one could cost quadratic time.
  const unclosed = new Set<string>();
  let apart = false;
  for (let at = 0; at < value.length; ) {
    const char = value[at] as string;
    const blank = matchAt(space, value, at).length;
    apart ||= blank > 0;
    if (blank > 0) {
      at += blank;
      continue;
    }
    let kind: Token['kind'] = 'word';
    let raw = matchAt(whole, value, at) || matchAt(atom, value, at);
    let text = raw;
    if (char === '"' || char === '(') {
      const end = unclosed.has(char) ? 0 : closedAt(value, at, char, char === '(' ? ')' : char);
      kind = char === '(' ? 'comment' : 'word';
      raw = value.slice(at, end);
      text = raw.slice(1, -1).replace(/\\(.)/gs, '$1');
      if (end === 0) unclosed.add(char);
    } else if (raw === '') {
      kind = 'special';
      raw = char;
    }
    if (raw !== '') tokens.push({ kind, raw, text, apart });
    apart = kind === 'comment';
    at += raw.length || 1;
  }
  return tokens;
}

const binds = (token: Token | undefined): boolean => token?.raw === '.' || token?.raw === '@';

/** Tokens that belong together: white space around dots and `@` separates nothing (RFC 5322 §4.4). */
function runsOf(tokens: Token[]): Token[][] {
  const runs: Token[][] = [];
  tokens.forEach((token, index) => {
    const last = runs.at(-1);
    if (last && (!token.apart || binds(token) || binds(tokens[index - 1]))) last.push(token);
    else runs.push([token]);
  });
  return runs;
}

const rawOf = (tokens: Token[]): string => tokens.map((token) => token.raw).join('');
const textOf = (tokens: Token[]): string =>
  tokens.map(({ text, raw, apart }, index) => (apart && index > 0 ? ' ' : '') + (text || raw)).join('');
const addressIn = (text: string): boolean => /[^@]@[^@]/.test(text);

/** The address between `<` (at `start`) and `>`, and where that ends. A route, or `mailto:`, goes with its colon. */
function angleAt(tokens: Token[], start: number): { address: string; end: number } {
  let inside: Token[] = [];
  let at = start + 1;
  const routed = tokens[at]?.raw === '@';
  for (; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.raw === '>' || (token.raw === ',' && !routed)) break;
    if (token.raw === ':') inside = [];
    else if (token.kind !== 'comment') inside.push(token);
  }
  const closed = tokens[at]?.raw === '>';
  return { address: runsOf(inside).map(rawOf).join(' '), end: closed ? at : at - 1 };
}

/** The mailboxes of one list entry; more than one only where a comma is missing. */
function mailboxesOf(words: Token[], comment: string, angle: string | undefined): NamedAddress[] {
  const runs = runsOf(words);
  const bare = angle === undefined ? runs.map(rawOf).filter(addressIn) : [angle].filter(addressIn);
  const named = angle === undefined ? runs.filter((run) => !addressIn(rawOf(run))) : runs;
  const name = named.map(textOf).join(' ');
  return bare.map((address) => ({ name: name || comment, address }));
}

/**
 * All mailboxes of an unfolded address field, in order, those inside groups included. Entries without an address
 * (an empty group, a name alone) are left out. A comment stands in for a missing name (RFC 822's habit).
 */
export function parseAddressList(fieldValue: string): NamedAddress[] {
  const tokens = tokensOf(fieldValue);
  const found: NamedAddress[] = [];
  let words: Token[] = [];
  let comment = '';
  let angle: string | undefined;
  const endEntry = (): void => {
    for (const mailbox of mailboxesOf(words, comment, angle)) found.push(mailbox);
    words = [];
    comment = '';
    angle = undefined;
  };
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.kind === 'comment') comment ||= token.text.trim();
    else if (token.kind === 'word' || token.raw === '@' || token.raw === '.') words.push(token);
    else if (token.raw === ',' || token.raw === ';') endEntry();
    else if (token.raw === ':') words = [];
    else if (token.raw === '<') {
      if (angle !== undefined) endEntry();
      ({ address: angle, end: at } = angleAt(tokens, at));
    }
  }
  endEntry();
  return found;
}
