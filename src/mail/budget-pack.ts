/**
 * The budget in few bytes, for continue-as-new, whose input may have 2 MB: rows instead of objects, and nothing that
 * can be worked out again. Promise: unpacked, it decides exactly as before; at every bound it stays below 2 MB.
 */
import { countDue } from './budget-entries.ts';
import { type Budget, type Reserved, SETTLED_MAX } from './budget-state.ts';

/** id, credits, arrivedMs, transactional, priority, deadlineMs, expiresMs. */
type WaitingRow = [string, number, number, 0 | 1, (number | null)?, (number | null)?, (number | null)?];
/** id, granted, spent, returned, transactional, grantedMs, then openedMs and credits of each lot. */
type ReservedRow = [string, number, number, number, 0 | 1, number, ...number[]];

type Worked =
  | 'waiting'
  | 'waitingCount'
  | 'order'
  | 'sortedUntilMs'
  | 'nextTurn'
  | 'idChars'
  | 'transactionalWaiting'
  | 'dueCredits'
  | 'reserved'
  | 'reservedCount'
  | 'settled';

/** Plain JSON. The version tells an older state apart, should the rows ever change. */
export type PackedBudget = Omit<Budget, Worked> & {
  version: 1;
  waiting: WaitingRow[];
  reserved: ReservedRow[];
  /** Fingerprints, oldest first. */
  settled: string[];
};

/** See the module. */
export function packBudget(b: Budget): PackedBudget {
  const { account, limits, clock, paused, nowMs, trancheMs, hours, shortfallDay } = b;
  const inTurn = Object.entries(b.waiting).sort(([, one], [, other]) => one.turn - other.turn);
  const waiting = inTurn.map(([id, entry]): WaitingRow => {
    const { credits, arrivedMs, transactional, priority, deadlineMs, expiresMs } = entry;
    const row: WaitingRow = [id, credits, arrivedMs, transactional ? 1 : 0];
    const rest = [priority ?? null, deadlineMs ?? null, expiresMs ?? null] as const;
    return rest.every((value) => value === null) ? row : [id, credits, arrivedMs, row[3], ...rest];
  });
  const reserved = Object.entries(b.reserved).map(([id, entry]): ReservedRow => {
    const { granted, spent, returned, transactional, grantedMs } = entry;
    const lots = entry.lots.flatMap((lot) => [lot.openedMs, lot.credits]);
    return [id, granted, spent, returned, transactional ? 1 : 0, grantedMs, ...lots];
  });
  const { ring, next } = b.settled;
  return {
    version: 1,
    ...{ account, limits, clock, paused, nowMs, trancheMs, hours },
    ...(shortfallDay !== undefined && { shortfallDay }),
    ...{ waiting, reserved, settled: [...ring.slice(next), ...ring.slice(0, next)] },
  };
}

function lotsOf(numbers: number[]): Reserved['lots'] {
  const lots: Reserved['lots'] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2)
    lots.push({ openedMs: numbers[at]!, credits: numbers[at + 1]! });
  return lots;
}

/** The state as it was, sums and order worked out again. */
export function unpackBudget(packed: PackedBudget): Budget {
  const { version: _, waiting, reserved, settled, ...rest } = packed;
  const b: Budget = {
    ...rest,
    ...{ waiting: {}, waitingCount: waiting.length, nextTurn: waiting.length },
    ...{ order: [], sortedUntilMs: 0, idChars: 0, transactionalWaiting: 0, dueCredits: 0 },
    ...{
      reserved: {},
      reservedCount: reserved.length,
      settled: { ring: settled, next: settled.length % SETTLED_MAX, known: {} },
    },
  };
  waiting.forEach(([id, credits, arrivedMs, transactional, priority, deadlineMs, expiresMs], turn) => {
    b.waiting[id] = {
      ...{ credits, arrivedMs, transactional: transactional === 1, turn },
      ...(typeof priority === 'number' && { priority }),
      ...(typeof deadlineMs === 'number' && { deadlineMs }),
      ...(typeof expiresMs === 'number' && { expiresMs }),
    };
    b.idChars += id.length;
    b.transactionalWaiting += transactional;
  });
  for (const [id, granted, spent, returned, transactional, grantedMs, ...lots] of reserved)
    b.reserved[id] = {
      ...{ granted, spent, returned, transactional: transactional === 1, grantedMs },
      lots: lotsOf(lots),
    };
  for (const print of settled) b.settled.known[print] = true;
  b.order = [Object.keys(b.waiting)];
  countDue(b);
  return b;
}
