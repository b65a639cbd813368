/** What may stand in an account's row and in `PUT /v1/budgets/{account}`: limits that the budget can keep. */
import { z } from 'zod';
import { isTimeZone } from '../config.ts';
import type { Limits } from '../mail/budget-state.ts';
import { minuteOfDay } from '../mail/budget-window.ts';

const credits = z.int().min(1).max(1_000_000_000);
const timeOfDay = z.string().refine((text) => minuteOfDay(text) !== undefined, 'expected HH:MM');

/** Limits as the budget counts them; unknown names are refused, so that a misspelt limit does not limit nothing. */
export const limitsSchema = z.strictObject({
  perDay: credits.exactOptional(),
  perHour: credits.exactOptional(),
  reserve: z.int().min(0).exactOptional(),
  ageing: z.int().min(0).max(255).exactOptional(),
  provider: credits.exactOptional(),
  windows: z
    .array(z.strictObject({ from: timeOfDay, to: timeOfDay, perHour: credits.exactOptional() }))
    .max(24)
    .exactOptional(),
  ramp: z
    .array(z.strictObject({ day: z.iso.date(), perDay: credits }))
    .max(400)
    .exactOptional(),
}) satisfies z.ZodType<Limits>;

/** An IANA zone such as Europe/Berlin. */
export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'expected an IANA time zone such as Europe/Berlin');

/** When what is left of the day goes out. */
export const flushAtSchema = timeOfDay;
