/** Turns what AWS throws into problems: whoever asks the API cannot tell S3 from DynamoDB, and need not. */
import { Problem } from './problems.ts';

/** Runs `read`, which reads from `place`. What it throws becomes a 503 problem, unless it is a problem already. */
export async function storeProblem<T>(place: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(
      503,
      'store-unavailable',
      `Reading from ${place} failed. See /health and the log, then try again.`,
      { cause: error },
    );
  }
}
