/**
 * Reads attributes of table items that people and other programs write. A wrong type is named as a problem and
 * counts as absent, for that attribute only: one typing error must not lose the rest of a rule.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export type Item = Record<string, AttributeValue>;

/** `where` names the item in problems, such as `email-rules alice@example.com`. */
export type Reading = { item: Item; where: string; problems: string[] };

/** Many programs write NULL for «not set», so that is no problem. */
function present(reading: Reading, name: string): AttributeValue | undefined {
  const value = reading.item[name];
  return value === undefined || value.NULL === true ? undefined : value;
}

function wrong(
  { where, problems }: Reading,
  name: string,
  value: AttributeValue,
  expected: string,
): undefined {
  const found = Object.entries(value).find(([, content]) => content !== undefined)?.[0] ?? 'nothing';
  problems.push(`${where}: ${name} is of type ${found}, expected ${expected}; it is treated as absent`);
  return undefined;
}

/** A string that is not blank. */
export function readText(reading: Reading, name: string): string | undefined {
  const value = present(reading, name);
  if (value === undefined) return undefined;
  if (value.S === undefined) return wrong(reading, name, value, 'S (a string)');
  return value.S.trim() === '' ? undefined : value.S;
}

/** True or false as DynamoDB writes them; the string «true» is a wrong type. */
export function readFlag(reading: Reading, name: string): boolean | undefined {
  const value = present(reading, name);
  if (value === undefined) return undefined;
  return value.BOOL ?? wrong(reading, name, value, 'BOOL');
}

/** A number that is at least `minimum`. */
export function readNumber(reading: Reading, name: string, minimum: number): number | undefined {
  const value = present(reading, name);
  if (value === undefined) return undefined;
  if (value.N === undefined) return wrong(reading, name, value, 'N (a number)');
  const number = Number(value.N);
  if (number >= minimum) return number;
  reading.problems.push(
    `${reading.where}: ${name} is ${value.N}, expected ${minimum} or more; it is treated as absent`,
  );
  return undefined;
}

/** An instant or a day, ISO 8601. */
export function readInstant(reading: Reading, name: string): string | undefined {
  const text = readText(reading, name)?.trim();
  if (text === undefined || (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)))) return text;
  const { where, problems } = reading;
  problems.push(`${where}: ${name} is ${JSON.stringify(text)}, expected ISO 8601; it is treated as absent`);
  return undefined;
}

/** A list of strings, trimmed, each once. Entries that are no strings or that `accept` refuses are left out. */
export function readTexts(
  reading: Reading,
  name: string,
  accept: (text: string) => boolean,
  expected: string,
): string[] {
  const value = present(reading, name);
  if (value === undefined) return [];
  if (value.L === undefined) return wrong(reading, name, value, 'L (a list of strings)') ?? [];
  const texts = new Set<string>();
  for (const [index, entry] of value.L.entries()) {
    const text = entry.S?.trim();
    if (text !== undefined && accept(text)) texts.add(text);
    else {
      const found = text === undefined ? `of type ${Object.keys(entry)[0]}` : JSON.stringify(text);
      reading.problems.push(
        `${reading.where}: ${name}[${index}] is ${found}, expected ${expected}; it is left out`,
      );
    }
  }
  return [...texts];
}
