/**
 * Cuts values to what Temporal's search attributes take: keywords of 255 characters, and no value above 2 KB. The
 * server measures values as the JSON they travel in, so a subject in Chinese or one of quotes is longer than it looks.
 */

const KEYWORD_CHARACTERS_MAX = 255;
/** Of any value, as JSON; the server refuses a start above 2,048. */
const VALUE_BYTES_MAX = 2_000;
const TEXT_CHARACTERS_MAX = 1_000;

/** UTF-8 bytes of a text as JSON, quotes included. */
const jsonBytes = (text: string): number => new TextEncoder().encode(JSON.stringify(text)).length;

/** Lower-cased and cut, as MailFrom, MailDomain and MailMessageId stand. */
export const cutKeyword = (text: string): string => text.toLowerCase().slice(0, KEYWORD_CHARACTERS_MAX);

/** Whole entries, lower-cased, until the list would grow beyond its bytes. */
export function cutKeywordList(entries: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const keyword = cutKeyword(entry);
    bytes += jsonBytes(keyword) + 2;
    if (bytes > VALUE_BYTES_MAX) break;
    kept.push(keyword);
  }
  return kept;
}

/** The longest beginning that a search attribute takes, never half a character. */
function cutText(text: string): string {
  const short = text.slice(0, TEXT_CHARACTERS_MAX);
  if (jsonBytes(short) <= VALUE_BYTES_MAX) return short;
  let bytes = 2;
  let end = 0;
  for (const character of short) {
    bytes += jsonBytes(character) - 2;
    if (bytes > VALUE_BYTES_MAX) break;
    end += character.length;
  }
  return short.slice(0, end);
}

/** MailText: the subject on a line of its own, since lists read it back from there; then what else is searched. */
export const mailText = (subject: string, others: readonly string[]): string =>
  cutText(`${subject.replaceAll(/\s+/g, ' ')}\n${others.join(' ')}`);

/** The subject that `mailText` was given, perhaps cut. */
export const subjectOf = (text: string): string => text.split('\n', 1)[0] ?? '';
