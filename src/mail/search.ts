/** Cuts values to what Temporal's search attributes take: a keyword of 255 characters, lists of 2 KB of whole entries. */

const KEYWORD_CHARACTERS_MAX = 255;
const LIST_BYTES_MAX = 2_000;

/** Lower-cased and cut, as MailFrom, MailDomain and MailMessageId stand. */
export const cutKeyword = (text: string): string => text.toLowerCase().slice(0, KEYWORD_CHARACTERS_MAX);

/** Whole entries, lower-cased, until the list would grow beyond its bytes. */
export function cutKeywordList(entries: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const keyword = cutKeyword(entry);
    bytes += new TextEncoder().encode(keyword).length + 4;
    if (bytes > LIST_BYTES_MAX) break;
    kept.push(keyword);
  }
  return kept;
}
