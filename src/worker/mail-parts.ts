/** Opens what the mail activities need of the world, from the configuration: stores, relays, secrets, counters. */
import type { Logger } from 'pino';
import type { MailActivityParts } from '../../activities/parts.ts';
import type { SendActivityParts } from '../../activities/send-parts.ts';
import { openTrouble } from '../../activities/trouble.ts';
import { type Config, sendQueuesOf } from '../config.ts';
import { openSigner, sha256 } from '../secrets.ts';
import { openSmtpClient } from '../smtp/smtp-client.ts';
import { openAccountStore } from '../stores/account-store.ts';
import { openAutoReplyStore } from '../stores/auto-reply-store.ts';
import type { Aws } from '../stores/aws.ts';
import { openLedger } from '../stores/ledger.ts';
import { openMailStore } from '../stores/mail-store.ts';
import { openQueue } from '../stores/queue.ts';
import { openRuleStore } from '../stores/rule-store.ts';
import { openSendStore } from '../stores/send-store.ts';
import { openSuppressionStore } from '../stores/suppression-store.ts';
import { openTemplateStore } from '../stores/template-store.ts';

/** SMTP transactions at once to each port. */
const CONNECTIONS_MAX = 50;

/** `close` says goodbye to the relays; the AWS clients are the caller's. */
export function openMailParts(
  config: Config,
  { aws, count, log }: { aws: Aws; count: MailActivityParts['count']; log: Logger },
): { parts: SendActivityParts; close: () => void } {
  const { host, port, internalPort, user, password, secure } = config.smtp;
  const login = user === undefined ? {} : { user, password: password ?? '' };
  const relays = {
    // The internal port is of the same host and takes mail for our own domains without a login.
    internal: openSmtpClient({ host, port: internalPort, secure: false, connectionsMax: CONNECTIONS_MAX }),
    external: openSmtpClient({ host, port, secure, ...login, connectionsMax: CONNECTIONS_MAX }),
  };
  const parts: SendActivityParts = {
    trouble: openTrouble({ config, relays, log, count }),
    config,
    mailStore: openMailStore(aws.s3),
    ruleStore: openRuleStore(aws.dynamodb, config.tables),
    ledger: openLedger(aws.dynamodb, config.tables.deliveries),
    autoReplies: openAutoReplyStore(aws.dynamodb, config.tables.autoreplies),
    accounts: openAccountStore(aws.dynamodb, config),
    sends: openSendStore(aws.s3, { bucket: config.sends.bucket }),
    suppressions: openSuppressionStore(aws.dynamodb, config.tables.suppressions),
    templates: openTemplateStore(aws.dynamodb, config.tables.templates),
    rejectedQueue: openQueue(aws.sqs, sendQueuesOf(config).rejected),
    relays,
    log,
    digest: sha256,
    ...openSigner(config.secrets),
    count,
  };
  return {
    parts,
    close() {
      relays.internal.close();
      relays.external.close();
    },
  };
}
