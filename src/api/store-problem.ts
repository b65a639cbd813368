/** Turns what AWS throws into problems: whoever asks the API cannot tell S3 from DynamoDB, and need not. */
import { BucketMissing } from '../stores/mail-store.ts';
import { Problem } from './problems.ts';

/** Runs `read`, which reads from `place`. What it throws becomes a 503 problem, unless it is a problem already. */
export async function storeProblem<T>(place: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const advice =
      error instanceof BucketMissing
        ? error.message
        : `Reading from ${place} failed. See /health and the log, then try again.`;
    throw new Problem(503, 'store-unavailable', advice, { cause: error });
  }
}
