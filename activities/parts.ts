/** What the mail activities need of the world, named once; `createMailActivities` hands it to each. */
import type { Logger } from 'pino';
import type { Config } from '../src/config.ts';
import type { SmtpClient } from '../src/smtp/smtp-client.ts';
import type { AutoReplyStore } from '../src/stores/auto-reply-store.ts';
import type { Ledger } from '../src/stores/ledger.ts';
import type { MailStore } from '../src/stores/mail-store.ts';
import type { RuleStore } from '../src/stores/rule-store.ts';
import type { Trouble } from './trouble.ts';

export type MailActivityParts = {
  config: Config;
  mailStore: MailStore;
  ruleStore: RuleStore;
  ledger: Ledger;
  autoReplies: AutoReplyStore;
  relays: { internal: SmtpClient; external: SmtpClient };
  log: Logger;
  /** Tells somebody of a fault of ours, and counts it. */
  trouble: Trouble;
  /** SHA-256 as hex. */
  digest: (text: string) => string;
  /** HMAC as hex, under the newest secret. */
  sign: (text: string) => string;
  /** Whether a MAC was made under any of the secrets. */
  verify: (text: string, mac: string) => boolean;
  /** Counts what happened; the worker exports it. */
  count: {
    mail: (domain: string, status: string) => void;
    attempt: (kind: string, outcome: string, seconds: number) => void;
    alert: (what: string) => void;
    payload: (template: string | undefined, priority: number | undefined) => void;
  };
};
