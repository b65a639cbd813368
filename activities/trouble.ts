/**
 * Our own troubles, such as a relay that refuses our login: they befall every mail at once, and somebody must be told
 * of them, but once an hour and not once a mail. Each still counts and is logged.
 */
import { alert } from './alert.ts';
import type { MailActivityParts } from './parts.ts';

/** How long the same kind of trouble is not told again. */
const QUIET_MS = 3_600_000;

export type Trouble = (kind: string, text: string, facts: object) => void;

/** Opens the teller of a process. Telling never delays or fails the mail that met the trouble. */
export function openTrouble(parts: Pick<MailActivityParts, 'config' | 'relays' | 'log' | 'count'>): Trouble {
  const toldMs = new Map<string, number>();
  const { log, count } = parts;
  return (kind, text, facts) => {
    const nowMs = Date.now();
    if (nowMs - (toldMs.get(kind) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) {
      count.alert(kind);
      log.error({ event: 'alert', kind, text, ...facts });
      return;
    }
    toldMs.set(kind, nowMs);
    const at = new Date(nowMs).toISOString();
    alert(parts, { kind, text, id: `${kind}:${at}`, at }).catch((error: unknown) => {
      log.error({
        event: 'alert.untold',
        kind,
        error: String(error),
        todo: 'check ALERT_WEBHOOK and ALERT_ADDRESS',
      });
    });
  };
}
