/**
 * The empty workflow, under the name that the bridge starts: the rate at which it runs is the engine's ceiling.
 * It only tells its own process that it ran, so that the next mail can be announced.
 */
import { proxySinks, type Sinks } from '@temporalio/workflow';

export interface EmptyWorkflowSinks extends Sinks {
  bench: { ran(): void };
}

const { bench } = proxySinks<EmptyWorkflowSinks>();

/** Takes a notice and does nothing with it. */
export async function mailWorkflow(): Promise<void> {
  bench.ran();
}
