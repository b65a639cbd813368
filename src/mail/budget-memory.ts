/**
 * Which ids have ended, so that a late duplicate counts once: the last `SETTLED_MAX` of them, as fingerprints, since
 * whole ids would not fit through continue-as-new. Two of 10,000 ids share one with a chance of less than 1 in 10^11.
 */
import { type Budget, SETTLED_MAX } from './budget-state.ts';

/** 64 bits of an id (cyrb64, public domain), in base 36. Not for secrets. */
function fingerprint(id: string): string {
  let first = 0xdeadbeef;
  let second = 0x41c6ce57;
  for (let index = 0; index < id.length; index += 1) {
    const unit = id.charCodeAt(index);
    first = Math.imul(first ^ unit, 2654435761);
    second = Math.imul(second ^ unit, 1597334677);
  }
  const mix = (one: number, other: number) =>
    Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  const mixed = mix(first, second);
  return `${(mixed >>> 0).toString(36)}-${(mix(second, mixed) >>> 0).toString(36)}`;
}

/** Whether the id ended within memory. */
export const hasEnded = (b: Budget, id: string): boolean => Object.hasOwn(b.settled.known, fingerprint(id));

/** Remembers an ended id; the oldest is forgotten for it. */
export function rememberEnded(b: Budget, id: string): void {
  const { settled } = b;
  const print = fingerprint(id);
  if (Object.hasOwn(settled.known, print)) return;
  const forgotten = settled.ring[settled.next];
  if (forgotten !== undefined) delete settled.known[forgotten];
  settled.ring[settled.next] = print;
  settled.known[print] = true;
  settled.next = (settled.next + 1) % SETTLED_MAX;
}
