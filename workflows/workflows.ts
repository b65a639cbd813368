/** The workflows this worker knows, for the bundler. */
// biome-ignore lint/performance/noBarrelFile: the bundler takes one entry; this list is it
export { mailWorkflow } from './mail.ts';
// biome-ignore lint/performance/noBarrelFile: as above
export { sendWorkflow } from './send.ts';
