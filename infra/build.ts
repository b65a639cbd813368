/**
 * Builds what a worker would otherwise build at every start: the workflow bundle, as dist/workflow-bundle.js. It must
 * be built with the very SDK version that runs it, so images build it from the packages that they ship.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const workflowsPath = fileURLToPath(new URL('../workflows/workflows.ts', import.meta.url));
const target = fileURLToPath(new URL('../dist/workflow-bundle.js', import.meta.url));

const payloadConverterPath = fileURLToPath(new URL('../workflows/payload-converter.ts', import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath,
  payloadConverterPath,
  logger: new DefaultLogger('WARN'),
});
await mkdir(new URL('../dist/', import.meta.url), { recursive: true });
// Renamed into place, so that a worker that starts meanwhile reads the old bundle or the new one, never half of it.
await writeFile(`${target}.${process.pid}`, code);
await rename(`${target}.${process.pid}`, target);
process.stdout.write(`dist/workflow-bundle.js: ${Math.round(code.length / 1024)} KB\n`);
