/**
 * Listens to what one connection says and hears, and knows from that how far it has come. nodemailer reports the
 * commands and replies to its logger; message bytes and passwords are not among them.
 *
 * With PIPELINING several commands are on their way at once, so the stage is that of the oldest one unanswered.
 */
import type { SmtpReply, SmtpStage } from '../mail/mail.ts';
import { readReply } from './reply.ts';

/** The part of nodemailer's log entries that is used here. */
type LogEntry = { tnx?: string; remotePort?: number };

export type Dialogue = {
  /** What nodemailer logs to, with `transactionLog` on. */
  logger: { debug(entry: LogEntry, line?: string): void; info(entry: LogEntry): void; warn(): void };
  /** What the connection waits for now. */
  stage(): SmtpStage;
  /** What the latest reply answered. */
  answered(): SmtpStage;
  /** Enters a stage that no command shows. `mail` begins a transaction and forgets the one before. */
  enter(stage: 'mail' | 'body' | 'dot'): void;
  /** The reply that decided against the recipient, whatever came after it. */
  refusal(): SmtpReply | undefined;
  /** The latest successful reply to EHLO or HELO. */
  hello(): string;
  lastReply(): string;
};

const stageOfCommand: [RegExp, SmtpStage][] = [
  [/^(EHLO|HELO) /, 'ehlo'],
  [/^STARTTLS$/, 'starttls'],
  [/^(MAIL FROM:|RSET$|QUIT$)/, 'mail'],
  // A lone dot ends the empty message of a relay that said 354 although it had refused the recipient.
  [/^(RCPT TO:|\.$)/, 'rcpt'],
  [/^DATA$/, 'data'],
];

/** Whatever is no command belongs to the exchange that AUTH began. */
const stageOf = (line: string): SmtpStage =>
  stageOfCommand.find(([pattern]) => pattern.test(line))?.[1] ?? 'auth';

/** `onProgress` is called whenever something was said, heard or entered. */
export function openDialogue(onProgress: () => void): Dialogue {
  let pending: SmtpStage[] = [];
  let phase: SmtpStage = 'connect';
  let refusal: SmtpReply | undefined;
  let hello = '';
  let lastReply = '';

  const heard = (reply: string): void => {
    phase = pending.shift() ?? phase;
    lastReply = reply;
    if (phase === 'ehlo' && reply.startsWith('2')) hello = reply;
    if ((phase === 'mail' || phase === 'rcpt') && !reply.startsWith('2')) refusal ??= readReply(reply, phase);
  };

  return {
    logger: {
      debug(entry, line = '') {
        if (entry.tnx === 'client') pending.push(stageOf(line));
        else if (entry.tnx === 'server') heard(line);
        else return;
        onProgress();
      },
      info(entry) {
        if (entry.tnx !== 'network' || entry.remotePort === undefined) return;
        phase = 'greeting';
        onProgress();
      },
      warn() {},
    },
    stage: () => pending[0] ?? phase,
    answered: () => phase,
    enter(stage) {
      if (stage === 'mail') {
        pending = [];
        refusal = undefined;
      }
      phase = stage;
      onProgress();
    },
    refusal: () => refusal,
    hello: () => hello,
    lastReply: () => lastReply,
  };
}
