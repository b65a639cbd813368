/**
 * A number of places that are taken in the order in which they were asked for: the bound of what runs at once.
 */

export type Places = {
  /** Waits for a place. False where it was given up, or the places are closed. */
  enter(giveUp: AbortSignal): Promise<boolean>;
  leave(): void;
  /** Lets nobody in any more; who waits is told so, who is in stays. */
  close(): void;
};

/** `max` places, all free. */
export function openPlaces(max: number): Places {
  const waiting: ((admitted: boolean) => void)[] = [];
  let busy = 0;
  let closed = false;
  return {
    enter(giveUp) {
      if (closed || giveUp.aborted) return Promise.resolve(false);
      if (busy < max) {
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
    close() {
      closed = true;
      for (const admit of waiting.splice(0)) admit(false);
    },
  };
}
