/**
 * The log of `everpost dev`: the same lines as in production, in a file, begun anew at each start. Errors also show
 * on the screen, in one line each.
 */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { type Logger, multistream, pino } from 'pino';
import type { Config } from '../../config.ts';
import type { Screen } from './screen.ts';

/** An error as one line: the event, then whatever else it says. */
export function errorLine(entry: string): string {
  const { level, time, event, msg, ...rest } = JSON.parse(entry) as Record<string, unknown>;
  const about = Object.entries(rest).map(([name, value]) =>
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`.replaceAll(/\s+/g, ' '),
  );
  return [event, msg, ...about].filter((word) => word !== undefined).join(' ');
}

/** Opens the log of a run. */
export function openDevLog({ home, logLevel }: Config, screen: Screen): Logger {
  const file = createWriteStream(join(home, 'everpost.log'), { mode: 0o600 });
  // A full disk must not end what runs; the screen still says what goes wrong.
  file.on('error', () => undefined);
  const onScreen = new Writable({
    decodeStrings: false,
    write(entry: string, _encoding, done) {
      screen.say(`  ${screen.styled('red', '!')} ${errorLine(entry)}`);
      done();
    },
  });
  const level = logLevel === 'silent' ? 'fatal' : (logLevel as 'info');
  return pino(
    { level: logLevel, base: null },
    multistream([
      { level, stream: file },
      { level: 'error', stream: onScreen },
    ]),
  );
}
