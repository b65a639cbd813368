/**
 * The workflow bundle that all tests share, as a file. Building takes seconds, so it is kept below node_modules
 * under a digest of everything that goes into it and built again only when one of those changed.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Path of the bundle of workflows/workflows.ts below `root`. Throws what webpack says when it does not build. */
export async function workflowBundle(root: string): Promise<string> {
  const workflowsPath = join(root, 'workflows', 'workflows.ts');
  const folder = join(root, 'node_modules', '.cache', 'everpost');
  const path = join(folder, `workflows-${await sourceDigest(root)}.js`);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: join(root, 'workflows', 'payload-converter.ts'),
    logger: new DefaultLogger('WARN'),
  });
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
}

/** The bundle is made of workflows/, of what it imports from src/mail/, and of the installed packages. */
async function sourceDigest(root: string): Promise<string> {
  const digest = createHash('sha256').update(await readFile(join(root, 'package-lock.json')));
  for (const folder of ['workflows', 'src/mail']) {
    for (const name of (await readdir(join(root, folder))).sort()) {
      digest.update(name).update(await readFile(join(root, folder, name)));
    }
  }
  return digest.digest('hex').slice(0, 16);
}
