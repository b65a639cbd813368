/**
 * Keeps sessions that have nothing to do for a moment, and counts how many are in use: never more than
 * `connectionsMax` at once, in the order in which they were asked for.
 */
import type { Session } from './session.ts';

export type SessionPool = {
  /** Waits for one of the places. False where it was given up, or the pool is closed. */
  enter(giveUp: AbortSignal): Promise<boolean>;
  leave(): void;
  /** The session that was kept last and is still open, if any. */
  reuse(): Session | undefined;
  /** Keeps a session for the next mail, for `idleMs`. */
  keep(session: Session): void;
  /** Ends what is idle and lets nobody in any more. */
  close(): void;
};

/** How long a goodbye may take, in milliseconds. */
const QUIT_WAIT_MS = 2_000;

/** `idleMs`: how long a session is kept unused, in milliseconds. */
export function openSessionPool(connectionsMax: number, idleMs: number): SessionPool {
  const idle: { session: Session; clock: NodeJS.Timeout }[] = [];
  const waiting: ((admitted: boolean) => void)[] = [];
  let busy = 0;
  let closed = false;

  const dismiss = (session: Session): void => {
    void session.quit(AbortSignal.timeout(QUIT_WAIT_MS));
  };

  return {
    enter(giveUp) {
      if (closed || giveUp.aborted) return Promise.resolve(false);
      if (busy < connectionsMax) {
        busy += 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const admit = (admitted: boolean): void => {
          giveUp.removeEventListener('abort', abandon);
          resolve(admitted);
        };
        const abandon = (): void => {
          waiting.splice(waiting.indexOf(admit), 1);
          resolve(false);
        };
        giveUp.addEventListener('abort', abandon, { once: true });
        waiting.push(admit);
      });
    },

    leave() {
      // The place passes from hand to hand, so nobody can slip in between.
      const next = waiting.shift();
      if (next) next(true);
      else busy -= 1;
    },

    reuse() {
      for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
        clearTimeout(kept.clock);
        if (kept.session.isOpen()) return kept.session;
      }
      return undefined;
    },

    keep(session) {
      if (closed) return dismiss(session);
      const clock = setTimeout(() => {
        const position = idle.findIndex((kept) => kept.session === session);
        if (position >= 0) idle.splice(position, 1);
        dismiss(session);
      }, idleMs);
      idle.push({ session, clock });
    },

    close() {
      closed = true;
      for (const { session, clock } of idle.splice(0)) {
        clearTimeout(clock);
        dismiss(session);
      }
      for (const admit of waiting.splice(0)) admit(false);
    },
  };
}
