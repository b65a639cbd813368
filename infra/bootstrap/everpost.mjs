#!/usr/bin/env node
/**
 * First thing that runs in a clone: plain JavaScript for Node 20, built-ins only, since nothing is installed yet.
 * Promise: node_modules match package-lock.json, then the rest runs on the pinned Node with our own stdio, hears
 * our signals and gives us its exit code. `--run CMD ARGS` runs a tool instead of the everpost command line.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
/** The oldest Node that runs our TypeScript as it is. */
const NODE_MAJOR_MIN = 24;
const ORPHAN_POLL_MS = 500;

/** The pinned Node of the npm package `node`; images leave it out and bring their own. */
function pinnedNode() {
  const pinned = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) return process.execPath;
  const found = `Node ${process.versions.node} is too old and the pinned one is not installed`;
  throw new Error(`${found}: install with \`npm ci\`, or use Node ${NODE_MAJOR_MIN} or newer.`);
}

/** Program, arguments and environment of what was asked for. */
function commandOf(args) {
  if (args[0] !== '--run') {
    return { file: pinnedNode(), args: [join(root, 'src', 'cli', 'main.ts'), ...args], env: process.env };
  }
  if (args.length < 2) throw new Error('--run wants a command, such as `--run vitest run`.');
  const path = join(root, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '');
  return { file: args[1], args: args.slice(2), env: { ...process.env, PATH: path } };
}

/**
 * npm signals the shell that it put between us, and not every shell passes that on: it dies alone, and we notice
 * by our parent. (Scripts of package.json begin with `exec`, which leaves no shell; `npx everpost` cannot.)
 */
function whenOrphaned(act) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, ORPHAN_POLL_MS);
  timer.unref();
}

/**
 * Runs it to its end. A terminal hands Ctrl-C to the whole process group, so the child may hear SIGINT twice: our
 * own commands take that in their stride, but a tool would take it for impatience and drop its clean-up.
 */
function run({ file, args, env }, ownCommand) {
  return new Promise((done, failed) => {
    const child = spawn(file, args, { stdio: 'inherit', env });
    const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (signal !== 'SIGINT' || ownCommand || !terminal) child.kill(signal);
      });
    }
    if (process.env.npm_execpath) whenOrphaned(() => child.kill('SIGTERM'));
    child.on('error', (error) => failed(new Error(`${file} does not start: ${error.message}`)));
    child.on('exit', (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

const args = process.argv.slice(2);
try {
  // Tools come from the development packages; the product itself also runs where only the others are installed.
  await ensureInstalled(root, { developmentNeeded: args[0] === '--run' });
  process.exitCode = await run(commandOf(args), args[0] !== '--run');
} catch (error) {
  process.stderr.write(`everpost: ${error.message}\n`);
  process.exitCode = error.exitCode ?? 1;
}
