/**
 * Which inbound mails a caller may see: those of the domains of its account. Another account's mail is not found,
 * whatever is asked of it; the check stands before all routes of one mail, so that none can forget it.
 */

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AccountStore } from '../stores/account-store.ts';
import { mayTouch } from './caller.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { unknownMail } from './problems.ts';
import { storeProblem } from './store-problem.ts';

const ownerOf = (accounts: AccountStore, domain: string): Promise<string> =>
  storeProblem('the table of accounts', () => accounts.ofDomain(domain));

/** The served domains that belong to the caller's account; undefined where every domain is open to it. */
export async function ownDomains(
  c: Context,
  { config, accounts }: Pick<ApiDependencies, 'config'> & Pick<AccountStores, 'accounts'>,
): Promise<string[] | undefined> {
  if (c.get('caller').account === undefined) return undefined;
  const owners = await Promise.all(config.domains.map((domain) => ownerOf(accounts, domain)));
  return config.domains.filter((_, at) => mayTouch(c, owners[at] ?? ''));
}

/** Adds the check to every route of one mail. Call it before those routes are added. */
export function guardOwnMails(app: OpenAPIHono, { accounts }: Pick<AccountStores, 'accounts'>): void {
  app.use('/v1/mails/:id/*', async (c, next) => {
    const domain = /^mail:([^:]+):/.exec(c.req.param('id'))?.[1];
    const isAnyones = domain === undefined || c.get('caller').account === undefined;
    if (!isAnyones && !mayTouch(c, await ownerOf(accounts, domain))) throw unknownMail();
    await next();
  });
}
