/**
 * The heads of the mails read last, bounded by bytes and by age, so that plan, delivery and audit of a small mail
 * share one GET. It only saves calls: whoever asks must be able to do without.
 */
import type { MailReference } from '../mail/mail.ts';

/** The first round of a mail takes seconds; later ones read again what may have changed. */
const KEPT_MS = 60_000;

type Place = Pick<MailReference, 'bucket' | 'key'>;

export type RecentMails<T> = {
  find(place: Place): T | undefined;
  /** What is larger than the whole cache is not kept. */
  keep(place: Place, value: T, sizeBytes: number): void;
  drop(place: Place): void;
};

/** An empty cache for at most `bytesMax` bytes. */
export function openRecentMails<T>(bytesMax: number): RecentMails<T> {
  // A Map iterates in the order of insertion: the first entry is the oldest.
  const entries = new Map<string, { value: T; sizeBytes: number; until: number }>();
  let bytes = 0;
  const nameOf = ({ bucket, key }: Place): string => `${bucket}/${key}`;
  const forget = (name: string): void => {
    bytes -= entries.get(name)?.sizeBytes ?? 0;
    entries.delete(name);
  };
  return {
    find(place) {
      const entry = entries.get(nameOf(place));
      if (entry === undefined || entry.until > performance.now()) return entry?.value;
      forget(nameOf(place));
      return undefined;
    },
    keep(place, value, sizeBytes) {
      forget(nameOf(place));
      if (sizeBytes > bytesMax) return;
      entries.set(nameOf(place), { value, sizeBytes, until: performance.now() + KEPT_MS });
      bytes += sizeBytes;
      for (const [name, { until }] of entries) {
        if (bytes <= bytesMax && until > performance.now()) break;
        forget(name);
      }
    },
    drop: (place) => forget(nameOf(place)),
  };
}
