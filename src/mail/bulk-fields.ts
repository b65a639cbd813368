/** The header fields by which a bulk mail says what it is and how to get no more of it (rule 64). */

export type Field = { name: string; value: string };

/**
 * One-click unsubscribing (RFC 8058 §3): `url` is https, takes the POST of a mail program, and names the recipient by
 * itself. Both fields must be signed by DKIM.
 */
export const unsubscribeFields = (url: string): Field[] => [
  { name: 'List-Unsubscribe', value: `<${url}>` },
  { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
];

/** Which list it is of (RFC 2919), and that nothing should answer it. `domain`: of the From address. */
export const bulkFields = (account: string, domain: string): Field[] => [
  { name: 'List-Id', value: `<${account}.${domain}>` },
  { name: 'Precedence', value: 'bulk' },
];
