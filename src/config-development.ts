/**
 * What only development reads from the environment: which parts `everpost dev` embeds, and where they listen. Like
 * src/config.ts it fetches, opens and writes nothing.
 */
import { z } from 'zod';
import { port, readConfig } from './config.ts';
import { problemsIn, readVariables, unusable } from './config-variables.ts';

/** What `everpost dev` embeds, since no address of an own one was given, and where it listens. */
export type Development = {
  embedded: { temporal: boolean; aws: boolean; catcher: boolean };
  ports: { temporal: number; ui: number; aws: number; catcher: number };
  /** Demo mails are for somebody with nothing of his own: they must not reach a real relay or bucket. */
  demo: boolean;
  /** The variables that the embedded parts answer for; they go on top of the environment for `readConfig`. */
  variables: Record<string, string>;
};

const developmentSchema = z.object({
  DEV_TEMPORAL_PORT: port.default(7233),
  DEV_UI_PORT: port.default(8233),
  DEV_AWS_PORT: port.default(4566),
  DEV_CATCHER_PORT: port.default(8025),
});

/** Reads what only development knows. Throws ConfigError with a line for each bad variable, those of config.ts too. */
export function readDevelopment(environment: Record<string, string | undefined>): Development {
  const problems = problemsIn(
    () => readConfig({ ...environment, EVERPOST_MODE: 'development' }),
    () => readVariables(developmentSchema, environment),
  );
  if (problems.length > 0) throw unusable(problems);
  const { value, set } = readVariables(developmentSchema, environment);
  const embedded = {
    temporal: set.TEMPORAL_ADDRESS === undefined,
    aws:
      set.AWS_ENDPOINT_URL === undefined &&
      !(set.AWS_ENDPOINT_URL_S3 && set.AWS_ENDPOINT_URL_SQS && set.AWS_ENDPOINT_URL_DYNAMODB),
    catcher: set.SMTP_HOST === undefined,
  };
  return {
    embedded,
    ports: {
      temporal: value.DEV_TEMPORAL_PORT,
      ui: value.DEV_UI_PORT,
      aws: value.DEV_AWS_PORT,
      catcher: value.DEV_CATCHER_PORT,
    },
    demo: set.DOMAINS === undefined && embedded.aws && embedded.catcher,
    variables: {
      EVERPOST_MODE: 'development',
      ...(embedded.temporal && { TEMPORAL_ADDRESS: `127.0.0.1:${value.DEV_TEMPORAL_PORT}` }),
      ...(embedded.aws && { AWS_ENDPOINT_URL: `http://127.0.0.1:${value.DEV_AWS_PORT}` }),
      // Port 25 belongs to root, and often to a mail server that is there already.
      ...(embedded.catcher && { SMTP_HOST: '127.0.0.1', SMTP_PORT: set.SMTP_PORT ?? '1025' }),
    },
  };
}
