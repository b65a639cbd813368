/**
 * One line that says how far something long has come: rewritten in a terminal, now and then a new line elsewhere.
 * Writes to stderr, so that what a command prints can be piped. Node 20, built-ins only.
 */

const TERMINAL_MS = 250;
const PLAIN_MS = 10_000;

/** Shows `title`, what `detail()` says now, and the seconds so far, until `end(word)`. */
export function showProgress(title, detail) {
  const out = process.stderr;
  const began = Date.now();
  const line = (words) => `${title}: ${words}, ${Math.round((Date.now() - began) / 1000)} s`;
  const rewrite = () => out.write(`\r\x1b[2K${line(detail())}`);
  if (out.isTTY) rewrite();
  else out.write(`${title} …\n`);
  const timer = out.isTTY
    ? setInterval(rewrite, TERMINAL_MS)
    : setInterval(() => out.write(`${line(detail())}\n`), PLAIN_MS);
  return {
    end(word) {
      clearInterval(timer);
      out.write(out.isTTY ? `\r\x1b[2K${line(word)}\n` : `${line(word)}\n`);
    },
  };
}
