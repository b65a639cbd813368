/**
 * `everpost doctor`: looks at everything that this configuration needs, changes nothing, and says of each thing that
 * is wrong what was found and how to mend it.
 */
import { styleText } from 'node:util';
import { type Environment, readCommandConfig } from './environment.ts';
import { examine, type Finding } from './examination.ts';

const MARKS = {
  good: styleText('green', '✓', { stream: process.stdout }),
  doubtful: styleText('yellow', '!', { stream: process.stdout }),
  bad: styleText('red', '✗', { stream: process.stdout }),
};

function say({ about, verdict, found, mend }: Finding): void {
  process.stdout.write(`${MARKS[verdict]} ${about}: ${found}\n`);
  if (mend !== undefined) process.stdout.write(`    → ${mend}\n`);
}

/** Returns 1 when something is bad; what is doubtful is only named. Throws ConfigError. */
export async function doctorCommand(environment: Environment): Promise<number> {
  const config = await readCommandConfig(environment);
  const findings = await examine(config);
  for (const finding of findings) say(finding);
  const bad = findings.filter(({ verdict }) => verdict === 'bad').length;
  const doubtful = findings.filter(({ verdict }) => verdict === 'doubtful').length;
  process.stdout.write(
    bad + doubtful === 0 ? '\nAll is well.\n' : `\n${bad} to mend, ${doubtful} to look at.\n`,
  );
  return bad > 0 ? 1 : 0;
}
