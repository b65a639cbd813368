/**
 * Sessions that have nothing to do for a moment. Each is ended politely when nobody wanted it for a while.
 */
import type { Session } from './session.ts';

export type IdleSessions = {
  /** The session that was kept last and is still open, if any. */
  take(): Session | undefined;
  keep(session: Session): void;
  /** Ends all, and from now on whatever is to be kept. */
  close(): void;
};

/** How long a goodbye may take, in milliseconds. */
const QUIT_WAIT_MS = 2_000;

/** `idleMs`: how long a session is kept unused, in milliseconds. */
export function openIdleSessions(idleMs: number): IdleSessions {
  /** Each with the clock that ends it. */
  const idle = new Map<Session, NodeJS.Timeout>();
  let closed = false;

  const dismiss = (session: Session): void => {
    clearTimeout(idle.get(session));
    idle.delete(session);
    void session.quit(AbortSignal.timeout(QUIT_WAIT_MS));
  };
  return {
    take() {
      for (const [session, clock] of [...idle].reverse()) {
        clearTimeout(clock);
        idle.delete(session);
        if (session.isOpen()) return session;
      }
      return undefined;
    },
    keep(session) {
      if (closed) dismiss(session);
      else
        idle.set(
          session,
          setTimeout(() => dismiss(session), idleMs),
        );
    },
    close() {
      closed = true;
      for (const session of [...idle.keys()]) dismiss(session);
    },
  };
}
