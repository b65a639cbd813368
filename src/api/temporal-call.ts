/**
 * Calls to Temporal from the API: each with a deadline, since a throttled or unreachable server looks like a slow
 * one (the client retries by itself), and each failure turned into a problem that says what to do.
 */
import {
  type Client,
  isGrpcServiceError,
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { Problem, unknownMail } from './problems.ts';

/** For what Temporal answers by itself. */
const CALL_MS = 5_000;
/** For queries, which a worker must answer; a closed mail's history is replayed for it. */
const QUERY_MS = 5_000;

/** gRPC status codes, https://grpc.io/docs/guides/status-codes/ */
const GRPC = {
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** The gRPC error in the chain of causes; the client wraps it in errors of its own. */
function grpcCodeOf(error: unknown): number | undefined {
  for (let one = error; one instanceof Error; one = one.cause) if (isGrpcServiceError(one)) return one.code;
  return undefined;
}

const silentServer = (cause: unknown): Problem =>
  new Problem(
    503,
    'temporal-unavailable',
    'Temporal did not answer, so whether it took the request is not known. See /health, check TEMPORAL_ADDRESS, try again.',
    { cause, headers: { 'retry-after': '5' } },
  );

const silentWorker = (cause: unknown): Problem =>
  new Problem(
    504,
    'worker-silent',
    'No worker answered in time. See whether one runs (/health, «worker»), then try again.',
    { cause },
  );

/** What a failed call means to the caller. `asked` is who had to answer: the server, or a worker through it. */
export function temporalProblem(error: unknown, asked: 'server' | 'worker'): unknown {
  if (error instanceof Problem) return error;
  if (error instanceof WorkflowNotFoundError) return unknownMail();
  if (error instanceof QueryNotRegisteredError || error instanceof QueryRejectedError) {
    return new Problem(
      503,
      'worker-silent',
      'The worker runs another version that cannot tell about this mail. Update the workers.',
      { cause: error },
    );
  }
  switch (grpcCodeOf(error)) {
    case GRPC.NOT_FOUND:
      return unknownMail();
    case GRPC.RESOURCE_EXHAUSTED:
      return new Problem(429, 'too-many-requests', 'Temporal is at its limit. Try again in a few seconds.', {
        headers: { 'retry-after': '5' },
      });
    case GRPC.DEADLINE_EXCEEDED:
      // The client retries an unreachable server until the deadline, so the server's own deadline means that, too.
      return asked === 'server' ? silentServer(error) : silentWorker(error);
    case GRPC.FAILED_PRECONDITION:
      return silentWorker(error);
    case GRPC.UNAVAILABLE:
      return silentServer(error);
    case GRPC.PERMISSION_DENIED:
    case GRPC.UNAUTHENTICATED:
      return new Problem(
        503,
        'temporal-unavailable',
        'Temporal refuses our credentials. Check TEMPORAL_API_KEY or the TLS settings of the API.',
        { cause: error },
      );
    default:
      return error;
  }
}

/** Runs `call` against the server, which must answer within 5 s. Throws a Problem where the cause is known. */
export async function askServer<T>(client: Client, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + CALL_MS, call);
  } catch (error) {
    throw temporalProblem(error, 'server');
  }
}

/** Runs a query, which a worker must answer within 5 s. Throws a Problem where the cause is known. */
export async function askWorker<T>(client: Client, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + QUERY_MS, call);
  } catch (error) {
    throw temporalProblem(error, 'worker');
  }
}
