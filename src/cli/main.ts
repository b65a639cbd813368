/**
 * `everpost`: the command line. Wires only; every command lives in a file of its own and is loaded when it is asked
 * for, so that an image without the development tools runs everything but `dev`.
 */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { addMailCommands } from './mail-commands.ts';
import { addSendCommands } from './send-commands.ts';
import { addSuppressionCommands } from './suppression-commands.ts';
import { addTemplateCommands } from './template-commands.ts';

if (existsSync('.env')) process.loadEnvFile('.env');

const program = new Command('everpost')
  .description('Durable mail orchestrator on Temporal, between Amazon SES and the world’s mailboxes')
  .showHelpAfterError('Try everpost --help.')
  .configureHelp({ sortSubcommands: false });

program
  .command('dev')
  .description('everything on one machine: Temporal, emulated AWS, mail catcher, worker, bridge, API')
  .action(async () => {
    const { dev } = await import('./dev/dev.ts');
    // Everything has been stopped or given up: nothing that is left may hold the terminal.
    process.exit(await dev(process.env));
  });

program
  .command('run')
  .argument('[part]', 'bridge, worker, api or all of them', 'all')
  .description('the production processes; nothing is embedded')
  .action(async (part: string) => {
    const { run } = await import('./run.ts');
    // Everything has been stopped. A retry of the SDK that is still pending would fail on its closed channel.
    process.exit(await run(process.env, part));
  });

program
  .command('setup')
  .description('make search attributes, retention, buckets, queues and tables where they are missing')
  .action(async () => {
    const { setupCommand } = await import('./setup.ts');
    process.exitCode = await setupCommand(process.env);
  });

program
  .command('doctor')
  .description('say what is wrong with this configuration, and how to mend it')
  .action(async () => {
    const { doctorCommand } = await import('./doctor.ts');
    process.exitCode = await doctorCommand(process.env);
  });

addMailCommands(program, process.env);
addSendCommands(program, process.env);
addTemplateCommands(program, process.env);
addSuppressionCommands(program, process.env);

try {
  await program.parseAsync();
} catch (error) {
  // What is expected to go wrong says so in a sentence; only what is not shows where it came from.
  const expected =
    error instanceof Error && /^(ConfigError|ToolError|LockedError|CliError)$/.test(error.name);
  process.stderr.write(`everpost: ${expected ? error.message : String((error as Error)?.stack ?? error)}\n`);
  process.exitCode = 1;
}
