/** Decodes header text for people and search. Delivered bytes never pass here. */
import { decodeWords as decodeEncodedWords } from './encoded-word.ts';

function textOf(charset: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return undefined;
  }
}

/** RFC 2047 words of a field value as text; words of an unknown charset stay as they are. */
export const decodeWords = (value: string): string => decodeEncodedWords(value, textOf);
