/**
 * Brings node_modules to what package-lock.json says, once, however many starts ask for it at the same time.
 * Promise: when this returns, every package of the lock file is there in its version. Node 20, built-ins only.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { takeInstallLock } from './install-lock.mjs';
import { showProgress } from './progress.mjs';

/** Inside node_modules, so that it goes when they go. */
const STAMP = join('node_modules', '.everpost-lock-digest');

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Packages that must be there: path in node_modules → version. Optional ones depend on the machine. */
function wantedPackages(root, withDevelopment) {
  const { packages } = readJson(join(root, 'package-lock.json'));
  return Object.entries(packages).filter(
    ([path, entry]) =>
      path !== '' && !entry.optional && !entry.devOptional && !entry.link && (withDevelopment || !entry.dev),
  );
}

/** Digest of the lock file, and whether the stamp says that it was installed. */
function stampOf(root) {
  const digest = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const file = join(root, STAMP);
  return { digest, holds: existsSync(file) && readFileSync(file, 'utf8') === digest };
}

/** Whether npm itself, run by hand or in an image, has left what the lock file says (npm's own hidden lock file). */
function npmHasInstalled(root, withDevelopment) {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const { packages } = readJson(hidden);
  return wantedPackages(root, withDevelopment).every(
    ([path, entry]) =>
      packages[path]?.version === entry.version && existsSync(join(root, path, 'package.json')),
  );
}

/**
 * Packages are there, or nothing happens but two small reads. An installation without development packages (an
 * image) is enough unless `developmentNeeded`.
 */
function isInstalled(root, developmentNeeded) {
  const stamp = stampOf(root);
  if (stamp.holds) return true;
  if (npmHasInstalled(root, true)) {
    writeFileSync(join(root, STAMP), stamp.digest);
    return true;
  }
  const node24 = Number.parseInt(process.versions.node, 10) >= 24;
  return !developmentNeeded && node24 && npmHasInstalled(root, false);
}

/** The npm that started us, else the one on PATH. */
function npmCommand() {
  const started = process.env.npm_execpath;
  if (started && basename(started) === 'npm-cli.js') return [process.execPath, [started]];
  return ['npm', []];
}

function npmCi(root) {
  const [file, before] = npmCommand();
  const wanted = wantedPackages(root, true).map(([path]) => join(root, path, 'package.json'));
  const progress = showProgress('Installing packages', () => {
    const there = wanted.filter((path) => existsSync(path)).length;
    return `${there} of ${wanted.length}`;
  });
  return new Promise((done, failed) => {
    const args = [...before, 'ci', '--include=dev', '--loglevel=error', '--no-progress'];
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    let stoppedBy;
    const stop = (signal) => {
      stoppedBy = signal;
      child.kill(signal);
    };
    process.on('SIGINT', stop).on('SIGTERM', stop);
    const end = (error) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      progress.end(error ? 'failed' : 'done');
      if (error) failed(error);
      else done();
    };
    child.on('error', (error) => end(new Error(`npm does not start (${error.message}). Is npm on PATH?`)));
    child.on('exit', (code) => {
      if (stoppedBy) end(Object.assign(new Error('stopped while installing packages.'), { exitCode: 130 }));
      else if (code === 0) end();
      else end(new Error(`\`npm ci\` ended with code ${code}; its own words stand above. Then start again.`));
    });
  });
}

/** Installs if need be. Two starts at once: one installs, the other waits and finds everything done. */
export async function ensureInstalled(root, { developmentNeeded }) {
  if (isInstalled(root, developmentNeeded)) return;
  const lock = await takeInstallLock(root, () => isInstalled(root, developmentNeeded));
  if (lock === undefined) return;
  try {
    if (isInstalled(root, developmentNeeded)) return;
    await npmCi(root);
    writeFileSync(join(root, STAMP), stampOf(root).digest);
  } finally {
    lock.release();
  }
}
