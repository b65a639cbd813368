/**
 * The HTTP application, from its dependencies. Routes live in files by resource; here stands what holds for all of
 * them: who may pass, how large a request may be, and that every error is a problem.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { openAccountStore } from '../stores/account-store.ts';
import { openKeyStore } from '../stores/key-store.ts';
import { addAccountKeys } from './account-keys.ts';
import { requireKey } from './auth.ts';
import { limitBodies } from './body-limits.ts';
import { addBudgets } from './budgets.ts';
import type { AccountStores, ApiDependencies } from './dependencies.ts';
import { addDocs } from './docs.ts';
import { addDomains } from './domains.ts';
import { addEmailOrders } from './email-orders.ts';
import { addEmails } from './emails.ts';
import { addHealth } from './health.ts';
import { addMime } from './mail-mime.ts';
import { addMailSignals } from './mail-signals.ts';
import { addMails } from './mails.ts';
import { guardOwnMails } from './own-mails.ts';
import { addPages } from './page.ts';
import { answerError, answerUnknown, refuseInvalid } from './problems.ts';
import { addSignIn } from './signin.ts';
import { addSuppressionLists } from './suppression-lists.ts';
import { addSuppressions } from './suppressions.ts';
import { addTemplates } from './templates.ts';
import { addUnsubscribe } from './unsubscribe.ts';

/** Of the API as /openapi.json tells it; changes with its shapes. */
const API_VERSION = '1.0.0';

/** The application; `app.request(…)` answers without a port. */
export function createApp(dependencies: ApiDependencies): OpenAPIHono {
  const { aws, config, now } = dependencies;
  const stores: AccountStores = {
    keyStore: openKeyStore(aws.dynamodb, config.tables.keys, { now }),
    accounts: openAccountStore(aws.dynamodb, config, { now }),
  };
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });
  app.onError((error, c) => answerError(error, c, dependencies.log));
  app.notFound(answerUnknown);
  app.use(async (c, next) => {
    await next();
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
  });
  app.use('/v1/*', requireKey({ ...dependencies, ...stores }));
  app.use(limitBodies());
  addHealth(app, dependencies);
  addDomains(app, dependencies);
  guardOwnMails(app, stores);
  addMails(app, { ...dependencies, ...stores });
  addMime(app, dependencies);
  addMailSignals(app, dependencies);
  addTemplates(app, dependencies);
  addSuppressionLists(app, dependencies);
  addSuppressions(app, dependencies);
  addUnsubscribe(app, dependencies);
  addEmails(app, { ...dependencies, ...stores });
  addEmailOrders(app, dependencies);
  addBudgets(app, { ...dependencies, ...stores });
  addAccountKeys(app, { ...dependencies, ...stores });
  addSignIn(app, { ...dependencies, ...stores });
  addPages(app);
  addDocs(app, API_VERSION);
  return app;
}
