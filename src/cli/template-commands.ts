/** `everpost templates …`: mail templates from files, on the command line. */
import type { Command } from 'commander';
import type { Environment } from './environment.ts';

type Whose = { account?: string };
type PreviewOptions = Whose & { params?: string; templateVersion?: string };

/** Adds the commands. */
export function addTemplateCommands(program: Command, environment: Environment): void {
  const group = program.command('templates').description('mail templates by name and version');
  const command = (words: string, description: string): Command =>
    group
      .command(words)
      .description(description)
      .option('--account <name>', 'whose templates (default: default)');

  command('put <folder...>', 'keep templates from folders with subject.txt, mail.txt, mail.html').action(
    async (folders: string[], whose: Whose) => {
      const { putTemplates } = await import('./template-requests.ts');
      await putTemplates(environment, folders, whose);
    },
  );
  command('list', 'print the newest version of each, a line each').action(async (whose: Whose) => {
    const { listTemplates } = await import('./template-requests.ts');
    await listTemplates(environment, whose);
  });
  command('preview <folder-or-name>', 'print what a mail would be: of files, or of a kept template')
    .option('--params <file>', 'JSON file with params; of a folder, params.json in it when left out')
    .option('--template-version <number>', 'of a kept template; the newest when left out')
    .action(async (which: string, options: PreviewOptions) => {
      const { previewTemplate } = await import('./template-requests.ts');
      await previewTemplate(environment, which, options);
    });
}
