/**
 * Who asks: a key of the configuration, for whom every account is open, or a key of one account with its scopes.
 * What a route is about is compared with the caller's account here; another's is 404, as if it were not there.
 */
import type { Context } from 'hono';
import { DEFAULT_ACCOUNT } from '../stores/account-store.ts';
import { type KeyRecord, SCOPES, type Scope } from '../stores/key-store.ts';
import { Problem } from './problems.ts';

export type Caller = {
  /** Names the key in limits and logs; not the key. */
  id: string;
  /** Absent: all accounts. */
  account?: string;
  scopes: readonly Scope[];
};

declare module 'hono' {
  interface ContextVariableMap {
    caller: Caller;
  }
}

/** Holder of a key of the configuration, or somebody on this machine where there is no key. */
export const adminCaller = (id: string): Caller => ({ id, scopes: SCOPES });

/** Holder of a key of one account. */
export const accountCaller = ({ hash, account, scopes }: KeyRecord): Caller => ({
  id: hash,
  account,
  scopes,
});

/** Below these paths another scope than `send` is needed to change something. */
const CHANGES: [string, Scope][] = [
  ['/v1/emails', 'send'],
  ['/v1/campaigns', 'send'],
  ['/v1/mails', 'send'],
  ['/v1/templates', 'send'],
  ['/v1/suppressions', 'send'],
  ['/v1/rules', 'rules'],
  ['/v1/forwards', 'rules'],
];

/** The scope that a request needs; what nobody has thought of needs `admin`. */
export function scopeOf(method: string, path: string): Scope {
  if (path === '/v1/keys' || path.startsWith('/v1/keys/')) return 'admin';
  const change = CHANGES.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? 'admin';
  if (method !== 'GET' && method !== 'HEAD') return change;
  return change === 'rules' ? 'rules' : 'read';
}

/** Throws a 403 problem where the caller's key lacks the scope that the request needs. */
export function requireScope(caller: Caller, method: string, path: string): void {
  const scope = scopeOf(method, path);
  if (caller.scopes.includes(scope)) return;
  throw new Problem(
    403,
    'scope-missing',
    `This needs a key with the scope ${scope}; this one has ${caller.scopes.join(', ') || 'none'}. ` +
      'POST /v1/keys makes keys.',
  );
}

/** Whether what belongs to `account` is open to whoever asks. */
export function mayTouch(c: Context, account: string): boolean {
  const own = c.get('caller').account;
  return own === undefined || own === account;
}

/**
 * The account that a request is about: the one it names, else the caller's own, else `default`. Throws a 404 problem
 * where the caller may not touch it.
 */
export function accountFor(c: Context, named: string | undefined): string {
  const account = named ?? c.get('caller').account ?? DEFAULT_ACCOUNT;
  if (mayTouch(c, account)) return account;
  throw new Problem(404, 'not-found', `There is no account ${account} that this key may use.`);
}
