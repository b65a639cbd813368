/**
 * Looking into JSON of unknown shape. Promise: whatever was parsed, these answer with the type they name or with
 * undefined; they never throw and never reach into a prototype.
 */

export type JsonRecord = { readonly [name: string]: unknown };

/** The value as an object with named members; undefined for arrays, null and everything else. */
export function asRecord(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

/** Member `name` where it is an object. */
export const recordAt = (record: JsonRecord | undefined, name: string): JsonRecord | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? asRecord(record[name]) : undefined;

/** Member `name` where it is a string that is not empty. */
export function textAt(record: JsonRecord | undefined, name: string): string | undefined {
  const value = record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Member `name` where it is an array of strings only. */
export function textsAt(record: JsonRecord | undefined, name: string): string[] | undefined {
  const value = record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
}

/** Member `name` where it is a whole number of bytes. */
export function sizeAt(record: JsonRecord | undefined, name: string): number | undefined {
  const value = record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Parsed JSON, or undefined where the text is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
