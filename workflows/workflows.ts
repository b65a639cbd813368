/** The workflows this worker knows, for the bundler. */
// biome-ignore lint/performance/noBarrelFile: the bundler takes one entry; this list is it
export { budgetWorkflow } from './budget.ts';
export { mailWorkflow } from './mail.ts';
export { sendWorkflow } from './send.ts';
