/** Asks something of a mail as the API would, without its port. Works where no API runs. */
import type { Environment } from './environment.ts';
import { jsonRequest, withLocalApi } from './local-api.ts';

/** Sends the request and says what came of it. Throws CliError where the API refuses. */
export const askOfMail = (
  environment: Environment,
  id: string,
  action: string,
  body: object,
): Promise<void> =>
  withLocalApi(environment, async (ask) => {
    await ask(`/v1/mails/${encodeURIComponent(id)}/${action}`, jsonRequest('POST', body));
    process.stdout.write(`${action}: Temporal has it; the mail's timeline shows what comes of it.\n`);
  });
