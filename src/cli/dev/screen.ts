/**
 * What `everpost dev` shows: a line for each part, rewritten while it comes up in a terminal, written once and plain
 * elsewhere. Colours only where the stream and NO_COLOR allow them. Never throws: a closed terminal is no reason
 * to leave servers running.
 */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export type Screen = {
  /** A line of its own. */
  say(text: string): void;
  /** Begins a line about a part. */
  begin(name: string): ScreenLine;
  styled(style: Style, text: string): string;
};

export type ScreenLine = {
  /** What it is doing now; seen in a terminal only. */
  now(detail: string): void;
  /** The same for what takes long: elsewhere it is a line of its own. */
  tell(detail: string): void;
  done(detail: string): void;
  failed(detail: string): void;
};

const REDRAW_MS = 120;
const NAME_COLUMNS = 16;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

/** A screen on that stream. */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  stream.on('error', () => undefined);
  const write = (text: string): void => {
    if (stream.writable) stream.write(text);
  };
  const styled = (style: Style, text: string): string => styleText(style, text, { stream });
  return {
    styled,
    say: (text) => write(`${text}\n`),
    begin(name) {
      const began = performance.now();
      let frame = 0;
      let detail = '';
      const draw = (): void => {
        const spinner = SPINNER[frame++ % SPINNER.length] ?? '';
        const line = `  ${spinner} ${name.padEnd(NAME_COLUMNS)} ${seconds(began).padStart(7)}  ${detail}`;
        write(`\r\x1b[2K${line.slice(0, (stream.columns ?? 80) - 1)}`);
      };
      const timer = stream.isTTY ? setInterval(draw, REDRAW_MS).unref() : undefined;
      const end = (mark: string, style: Style, text: string): void => {
        clearInterval(timer);
        const line = `${styled(style, mark)} ${name.padEnd(NAME_COLUMNS)} ${styled('dim', seconds(began).padStart(7))}  ${text}`;
        write(`${stream.isTTY ? '\r\x1b[2K' : ''}  ${line.trimEnd()}\n`);
      };
      return {
        now(text) {
          detail = text;
        },
        tell(text) {
          if (!stream.isTTY && text !== detail) write(`    ${name}: ${text}\n`);
          detail = text;
        },
        done: (text) => end('✓', 'green', text),
        failed: (text) => end('✗', 'red', text),
      };
    },
  };
}
