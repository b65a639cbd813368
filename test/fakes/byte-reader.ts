/** Reads a socket up to a mark, byte for byte; nothing is decoded, nothing beyond the mark is taken. */
import type { Socket } from 'node:net';

export type ByteReader = {
  /**
   * Bytes up to and including the mark; undefined where the connection ended before it. `onBytes` hears how many
   * have come so far and may end the reading by false.
   */
  upTo(mark: Buffer, onBytes?: (bytes: number) => Promise<boolean>): Promise<Buffer | undefined>;
  /** Puts bytes in front of what comes next. */
  putBack(bytes: Buffer): void;
};

/** Starts to listen at once, so that nothing is missed. */
export function byteReader(socket: Socket): ByteReader {
  const kept: Buffer[] = [];
  let ended = false;
  let wake = (): void => {};
  socket.on('data', (bytes: Buffer) => {
    kept.push(bytes);
    wake();
  });
  const end = (): void => {
    ended = true;
    wake();
  };
  socket.on('end', end);
  socket.on('close', end);

  return {
    putBack: (bytes) => void kept.unshift(bytes),
    async upTo(mark, onBytes = async () => true) {
      const before: Buffer[] = [];
      let size = 0;
      let tail = Buffer.alloc(0);
      for (;;) {
        const bytes = kept.shift();
        if (bytes === undefined) {
          if (ended) return undefined;
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        // The mark may lie across blocks; only the end of what was searched is searched again.
        const searched = Buffer.concat([tail, bytes]);
        const at = searched.indexOf(mark);
        const taken = at < 0 ? bytes.length : at + mark.length - tail.length;
        before.push(bytes.subarray(0, taken));
        size += taken;
        if (taken < bytes.length) kept.unshift(bytes.subarray(taken));
        if (!(await onBytes(size))) return undefined;
        if (at >= 0) return Buffer.concat(before);
        tail = searched.subarray(Math.max(0, searched.length - mark.length + 1));
      }
    },
  };
}
