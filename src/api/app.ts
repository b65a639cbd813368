/**
 * The HTTP application, from its dependencies. Routes live in files by resource; here stands what holds for all of
 * them: who may pass, how large a request may be, and that every error is a problem.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { requireKey } from './auth.ts';
import type { ApiDependencies } from './dependencies.ts';
import { addDocs } from './docs.ts';
import { addDomains } from './domains.ts';
import { addHealth } from './health.ts';
import { addMime } from './mail-mime.ts';
import { addMailSignals } from './mail-signals.ts';
import { addMails } from './mails.ts';
import { addPages } from './page.ts';
import { answerError, answerUnknown, Problem, refuseInvalid } from './problems.ts';
import { addSignIn } from './signin.ts';

/** The longest request is a list of a hundred addresses. */
const BODY_BYTES_MAX = 64 * 1024;
/** Of the API as /openapi.json tells it; changes with its shapes. */
const API_VERSION = '1.0.0';

/** The application; `app.request(…)` answers without a port. */
export function createApp(dependencies: ApiDependencies): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseInvalid });
  app.onError((error, c) => answerError(error, c, dependencies.log));
  app.notFound(answerUnknown);
  app.use(async (c, next) => {
    await next();
    c.header('x-content-type-options', 'nosniff');
    c.header('referrer-policy', 'no-referrer');
  });
  app.use('/v1/*', requireKey(dependencies));
  app.use(
    bodyLimit({
      maxSize: BODY_BYTES_MAX,
      onError: () => {
        throw new Problem(413, 'body-too-large', `A request may be ${BODY_BYTES_MAX} bytes long at most.`);
      },
    }),
  );
  addHealth(app, dependencies);
  addDomains(app, dependencies);
  addMails(app, dependencies);
  addMime(app, dependencies);
  addMailSignals(app, dependencies);
  addSignIn(app, dependencies);
  addPages(app);
  addDocs(app, API_VERSION);
  return app;
}
