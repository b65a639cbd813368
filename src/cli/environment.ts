/**
 * The environment of commands that reach a running system. Beside a running `everpost dev` in the same folder they
 * need no settings: what its dev.env says fills in what is not set.
 */
import { type Config, readConfig } from '../config.ts';
import { readEnvFile } from './dev/env-file.ts';

export type Environment = Record<string, string | undefined>;

/** Something that the person at the command line can mend; shown without a stack. */
export class CliError extends Error {
  override name = 'CliError';
}

/**
 * Configuration for a command. An environment with secrets of its own means another deployment, which what runs
 * here must not be mixed with. What is filled in goes into `environment`, where the AWS SDK finds its credentials.
 */
export async function readCommandConfig(environment: Environment): Promise<Config> {
  const running = await readEnvFile(environment.EVERPOST_HOME || '.everpost');
  const secrets = environment.EVERPOST_SECRETS;
  if (secrets === undefined || secrets === running.EVERPOST_SECRETS) {
    for (const [name, value] of Object.entries(running)) environment[name] ??= value;
  }
  return readConfig(environment);
}
