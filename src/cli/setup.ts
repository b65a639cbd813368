/** `everpost setup`: makes what a deployment needs outside itself, where it is missing, and says what it did. */
import { Connection } from '@temporalio/client';
import { openAws } from '../stores/aws.ts';
import { CliError, type Environment, readCommandConfig } from './environment.ts';
import { setUp } from './set-up.ts';

/** Returns the exit code. Throws what is wrong, with the step that it belongs to. */
export async function setupCommand(environment: Environment): Promise<number> {
  const config = await readCommandConfig(environment);
  const connection = await Connection.connect(config.temporal.connection ?? {}).catch((error: unknown) => {
    throw new CliError(
      `Temporal at ${config.temporal.address} cannot be reached (${String(error)}): ` +
        'check TEMPORAL_ADDRESS and that the server runs.',
    );
  });
  const aws = openAws(config);
  try {
    await setUp(config, { aws, connection }, (about, found) =>
      process.stdout.write(`✓ ${about}: ${found}\n`),
    );
    return 0;
  } finally {
    aws.close();
    await connection.close();
  }
}
