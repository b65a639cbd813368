/** A budget as the API tells it: instants as ISO 8601, limits as the account store keeps them. */
import { z } from '@hono/zod-openapi';
import type { BudgetSnapshot, WaitingView } from '../mail/budget-snapshot.ts';
import { flushAtSchema, limitsSchema, timeZoneSchema } from '../stores/account-limits.ts';
import type { Account } from '../stores/account-store.ts';

const orNotLimited = z.int().nullable().openapi({ description: 'null: not limited' });
// Made anew here: a schema that was made before zod learned to describe itself cannot be described.
const limits = z
  .strictObject(limitsSchema.shape)
  .openapi({ description: 'Counts are recipients; what is absent is not limited' });

/** Body of a change. Limits are replaced as a whole; the rest stays as it is where it is left out. */
export const wantedSettingSchema = z
  .strictObject({ limits, timeZone: timeZoneSchema.optional(), flushAt: flushAtSchema.optional() })
  .openapi('NewBudgetSetting');

export const settingSchema = z
  .object({
    account: z.string(),
    limits,
    timeZone: z.string().openapi({ example: 'Europe/Berlin' }),
    flushAt: z.string().openapi({ description: 'From then on all that is left of the day goes out' }),
    paused: z.boolean(),
  })
  .openapi('BudgetSetting');

const entrySchema = z.object({
  position: z.int().openapi({ description: '1 is the next to go' }),
  id: z.string().openapi({ example: 'send:0f3c…' }),
  credits: z.int().openapi({ description: 'Still asked for' }),
  granted: z.int(),
  priority: z.number().openapi({ description: 'As it counts now, age included' }),
  dueToday: z.boolean(),
  category: z.enum(['transactional', 'bulk']),
  arrivedAt: z.string(),
  deadline: z.string().optional(),
  expiresAt: z.string().optional(),
});

export const budgetSchema = settingSchema
  .extend({
    day: z.string().openapi({ example: '2026-11-20' }),
    dayEndsAt: z.string(),
    flushesAt: z.string(),
    flushing: z.boolean(),
    perDay: orNotLimited,
    used: z.int(),
    left: orNotLimited,
    hour: z.object({ openedAt: z.string(), perHour: orNotLimited, left: orNotLimited }),
    leftAtProvider: orNotLimited,
    waiting: z.int().openapi({ description: 'Mails that wait for credit' }),
    waitingCredits: z.int().openapi({ description: 'What they ask for' }),
    dueCredits: z.int().openapi({ description: 'What those of them ask for that are due today' }),
    reserved: z.int().openapi({ description: 'Mails that have credits and have not ended' }),
    entries: z.array(entrySchema),
    next: z.int().nullable().openapi({ description: '`offset` of the next page; null at the end' }),
  })
  .openapi('Budget');

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

/** The part of an account that decides its budget. */
export const settingOf = ({ account, limits, timeZone, flushAt, paused }: Account) => ({
  ...{ account, limits, timeZone, flushAt, paused },
});

function entryOf({ transactional, arrivedMs, deadlineMs, expiresMs, ...same }: WaitingView) {
  return {
    ...same,
    category: transactional ? ('transactional' as const) : ('bulk' as const),
    arrivedAt: iso(arrivedMs),
    ...(deadlineMs !== undefined && { deadline: iso(deadlineMs) }),
    ...(expiresMs !== undefined && { expiresAt: iso(expiresMs) }),
  };
}

/** What an account set, and how its budget stands; `entries` of the snapshot begin after `offset`. */
export function budgetViewOf(
  account: Account,
  snapshot: BudgetSnapshot,
  offset: number,
): z.infer<typeof budgetSchema> {
  const { tranche, flushMs, endMs, entries, limits: _, account: __, paused: ___, ...same } = snapshot;
  const seen = offset + entries.length;
  return {
    ...settingOf(account),
    ...same,
    dayEndsAt: iso(endMs),
    flushesAt: iso(flushMs),
    hour: { openedAt: iso(tranche.openedMs), perHour: tranche.perHour, left: tranche.left },
    entries: entries.map(entryOf),
    next: seen < snapshot.waiting ? seen : null,
  };
}
