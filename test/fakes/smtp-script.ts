/**
 * What a scripted SMTP server is told to do: data, so that a test reads as the dialogue that it is about.
 */

/**
 * One reaction. Text is a reply (`\n` parts its lines). `drop` closes the connection without a word, after `say`
 * where given. `hold` waits for a promise of the test before it goes on, so that slowness needs no clock.
 */
export type Reaction = string | { drop: true; say?: string } | { hold: Promise<unknown>; react: Reaction };

export type Script = {
  /** Extensions offered after EHLO. STARTTLS and AUTH are added where `tls` and `login` ask for them. */
  extensions?: string[];
  /**
   * Reactions by the beginning of a command: `GREETING`, `EHLO`, `MAIL`, `RCPT TO:<full@example.com>`, `DATA`, `.`
   * (the end of a message), `STARTTLS`, `AUTH`, `RSET`, `QUIT`. The longest that fits counts. Of a list, each is
   * used once and the last one for ever, over all connections.
   */
  on?: Record<string, Reaction | Reaction[]>;
  /** Reaction once that many bytes of a message have come, counted as they are on the wire. */
  body?: { afterBytes: number; react: Reaction };
  /** `start`: TLS from the first byte. `offered`: STARTTLS. `broken`: STARTTLS whose handshake fails. */
  tls?: 'start' | 'offered' | 'broken';
  login?: { user: string; password: string };
};

/** One mail as it came. */
export type Received = {
  connection: number;
  /** Commands as they stood on the wire, parameters included. */
  mail: string;
  rcpt: string[];
  /** Bytes between the reply 354 and the final dot line, before dot-unstuffing. */
  wire: Buffer;
  /** The same without the dots that stuffing added: what the mail is. */
  content: Buffer;
  encrypted: boolean;
};

export const DEFAULT_EXTENSIONS = ['PIPELINING', 'SIZE 104857600', '8BITMIME', 'SMTPUTF8', 'DSN'];

const usualReplies: Record<string, string> = {
  GREETING: '220 scripted.example ESMTP',
  MAIL: '250 2.1.0 sender ok',
  RCPT: '250 2.1.5 recipient ok',
  DATA: '354 go ahead',
  '.': '250 2.0.0 queued',
  STARTTLS: '220 2.0.0 ready for TLS',
  RSET: '250 2.0.0 forgotten',
  QUIT: '221 2.0.0 bye',
  NOOP: '250 2.0.0 ok',
};

/** Chooses the reaction to a command: the script's, else what any server would say; `usual` wins over the latter. */
export function reactions(script: Script): (command: string, usual?: string) => Reaction {
  const used = new Map<string, number>();
  return (command, usual) => {
    const upper = command.toUpperCase();
    const key = Object.keys(script.on ?? {})
      .filter((prefix) => upper.startsWith(prefix.toUpperCase()))
      .sort((one, other) => other.length - one.length)[0];
    if (key === undefined) {
      return usual ?? usualReplies[upper.split(' ')[0] ?? ''] ?? '500 5.5.1 no such command';
    }
    const scripted = script.on?.[key] ?? [];
    if (!Array.isArray(scripted)) return scripted;
    const turn = used.get(key) ?? 0;
    used.set(key, turn + 1);
    return scripted[Math.min(turn, scripted.length - 1)] ?? '451 4.3.0 the script has no reply';
  };
}
