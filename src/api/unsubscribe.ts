/**
 * `/u/{token}`: the link of List-Unsubscribe (rule 64). GET shows a button and changes nothing, since programs follow
 * links, too; POST, from a mail program (RFC 8058 §3.2) or from the button, puts the address on the suppression list.
 * No login: the signature in the token is the permission, and it permits nothing else.
 */
import type { OpenAPIHono } from '@hono/zod-openapi';
import { addressKey } from '../mail/address.ts';
import { readUnsubscribeToken, type Unsubscription } from '../mail/unsubscribe-token.ts';
import { openSigner } from '../secrets.ts';
import { openSuppressionStore } from '../stores/suppression-store.ts';
import type { ApiDependencies } from './dependencies.ts';
import { servePage } from './page.ts';
import { storeProblem } from './store-problem.ts';

/** Adds both. */
export function addUnsubscribe(app: OpenAPIHono, { aws, config, log, now }: ApiDependencies): void {
  const store = openSuppressionStore(aws.dynamodb, config.tables.suppressions);
  const read = (token: string): Unsubscription | undefined =>
    config.secrets.length === 0 ? undefined : readUnsubscribeToken(token, openSigner(config.secrets).verify);

  app.use('/u/*', async (c, next) => {
    await next();
    // The link is as good as its holder: no cache and no search engine keeps it.
    c.header('cache-control', 'no-store');
    c.header('x-robots-tag', 'noindex');
  });
  app.get('/u/:token', (c) =>
    read(c.req.param('token')) === undefined
      ? servePage(c, 'unsubscribe-unknown.html', 404)
      : servePage(c, 'unsubscribe.html'),
  );
  app.post('/u/:token', async (c) => {
    const asked = read(c.req.param('token'));
    if (asked === undefined) return servePage(c, 'unsubscribe-unknown.html', 404);
    const { account, source } = asked;
    const added = await storeProblem('the suppression list', () =>
      store.suppress({
        address: addressKey(asked.address),
        account,
        reason: 'unsubscribe',
        source,
        createdAt: new Date(now()).toISOString(),
      }),
    );
    log.info({ event: 'suppression.unsubscribed', account, source, added });
    return servePage(c, 'unsubscribed.html');
  });
}
