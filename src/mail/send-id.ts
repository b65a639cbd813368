/**
 * Identity of an outbound mail: who hands over the same idempotency key again meets the same send, whatever way it
 * comes in, and a key that comes with another request is noticed (rule 69). Digests are handed in.
 */

/** SHA-256 of a text as UTF-8, in lower-case hex. */
type TextDigest = (text: string) => string;

/** Half of a SHA-256 is beyond chance, and keeps ids short enough to read aloud. */
const ID_HEX = 32;

/**
 * The send's id, from deployment, account and idempotency key. Deployments may share a Temporal namespace and name
 * an account alike; lengths keep any two triples apart.
 */
export const sendId = (deployment: string, account: string, key: string, digest: TextDigest): string =>
  digest(`send ${deployment.length} ${account.length}\n${deployment}\n${account}\n${key}`).slice(0, ID_HEX);

/** JSON with the members of every object in one order, so that equal requests have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
