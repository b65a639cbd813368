/** Tells somebody what needs a person: by webhook, mail or topic where set, and always as an event and a metric. */
import type { MailActivityParts } from './parts.ts';
import { plainMail } from './plain-mail.ts';

const ANSWER_MS_MAX = 10_000;

/** Tells all who are to be told. Throws where one cannot be reached, so that Temporal tries again. */
export async function alert(
  parts: Pick<MailActivityParts, 'config' | 'relays' | 'log' | 'count'>,
  what: { kind: string; text: string; id: string; at: string },
): Promise<void> {
  const { config, log, count } = parts;
  count.alert(what.kind);
  log.warn({ event: 'alert', ...what });
  const { address, webhook } = config.alerts;
  if (webhook !== undefined) {
    const answer = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ schema: 'everpost.alert/v1', ...what }),
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    if (!answer.ok) throw new Error(`ALERT_WEBHOOK answered ${answer.status}; it is tried again`);
  }
  if (address !== undefined) {
    await plainMail(parts, {
      to: address,
      subject: `Everpost: ${what.kind}`,
      text: what.text,
      id: what.id,
      date: what.at,
    });
  }
}
