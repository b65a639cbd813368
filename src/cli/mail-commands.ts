/** `everpost resend|hold|release|cancel ID`: what a person asks of one mail, on the command line. */
import type { Command } from 'commander';
import type { Environment } from './environment.ts';

type ResendOptions = { recipient?: string[]; to?: string[]; all?: true };

const SIMPLE = [
  ['hold', 'send nothing of a mail until it is released'],
  ['release', 'let a held mail go on, and try now what is deferred'],
  ['cancel', 'give up what is not delivered of a mail, and close it'],
] as const;

/** Adds the commands. */
export function addMailCommands(program: Command, environment: Environment): void {
  const ask = async (id: string, action: string, body: object): Promise<void> => {
    const { askOfMail } = await import('./mail-request.ts');
    await askOfMail(environment, id, action, body);
  };
  program
    .command('resend')
    .argument('<id>', 'workflow id of the mail, such as mail:example.com:MESSAGE_ID')
    .option('--recipient <address...>', 'only these of its own recipients')
    .option('--to <address...>', 'to other addresses instead')
    .option('--all', 'also what was delivered')
    .description('send again what is not delivered of a mail; a closed one is opened again')
    .action((id: string, { recipient, to, all }: ResendOptions) =>
      ask(id, 'resend', {
        ...(recipient !== undefined && { recipients: recipient }),
        ...(to !== undefined && { to }),
        ...(all !== undefined && { all }),
      }),
    );
  for (const [name, description] of SIMPLE) {
    program
      .command(name)
      .argument('<id>', 'workflow id of the mail')
      .description(description)
      .action((id: string) => ask(id, name, {}));
  }
}
