/**
 * Changes a header block by byte offset: only the fields that an edit names change, every other byte stays
 * (rules 24 to 28). The same block and edits always give the same bytes, so that every attempt sends the same.
 */
import type { HeaderEdit } from './delivery.ts';
import type { HeaderBlock } from './header.ts';
import { formatField } from './header-field.ts';

/** What stays of the stored block between the fields that edits name; a replaced field's new text in its place. */
function keptParts(head: Uint8Array, block: HeaderBlock, changed: Map<string, string>): Uint8Array[] {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const replaced = new Set<string>();
  let from = block.fieldsStart;
  for (const field of block.fields) {
    const text = changed.get(field.key);
    if (text === undefined) continue;
    parts.push(head.subarray(from, field.start));
    if (!replaced.has(field.key)) parts.push(encoder.encode(text));
    replaced.add(field.key);
    from = field.end;
  }
  parts.push(head.subarray(from, block.bodyStart));
  return parts;
}

/**
 * The edited header block, with its empty line if the stored one has it: what is sent before the bytes from
 * `block.bodyStart` on. `head` holds at least the block.
 *
 * Prepended fields stand on top in the order given. A replacement takes the place of the first field of its name
 * and removes the others; where there is none it goes to the top. Of several replacements or removals of one
 * name the last counts. Content without a header becomes the body: an empty line follows the added fields.
 */
export function editHeader(head: Uint8Array, block: HeaderBlock, edits: HeaderEdit[]): Uint8Array {
  const stored = new Set(block.fields.map((field) => field.key));
  const changed = new Map<string, string>();
  const top: string[] = [];
  for (const edit of edits) {
    if (edit.edit === 'prepend') top.push(formatField(edit.name, edit.value));
    else
      changed.set(edit.name.toLowerCase(), edit.edit === 'remove' ? '' : formatField(edit.name, edit.value));
  }
  for (const [key, text] of changed) if (!stored.has(key)) top.push(text);
  const added = new TextEncoder().encode(top.join(''));
  const separator = block.wellFormed || added.length === 0 ? '' : '\r\n';
  const parts = [
    head.subarray(0, block.fieldsStart),
    added,
    new TextEncoder().encode(separator),
    ...keptParts(head, block, changed),
  ];
  const edited = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    edited.set(part, at);
    at += part.length;
  }
  return edited;
}
