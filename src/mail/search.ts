/** Cuts values to what Temporal's search attributes take: a keyword of 255 characters, lists of 2 KB of whole entries. */

const KEYWORD_CHARACTERS_MAX = 255;
const LIST_BYTES_MAX = 2_000;
const TEXT_CHARACTERS_MAX = 1_000;

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

/** MailText: the subject on a line of its own, since lists read it back from there; then what else is searched. */
export const mailText = (subject: string, others: readonly string[]): string =>
  `${subject.replaceAll(/\s+/g, ' ')}\n${others.join(' ')}`.slice(0, TEXT_CHARACTERS_MAX);

/** The subject that `mailText` was given, perhaps cut. */
export const subjectOf = (text: string): string => text.split('\n', 1)[0] ?? '';
