/** Whose data a request is about: lists and templates belong to accounts. */
import { z } from '@hono/zod-openapi';
import { accountName } from '../stores/send-request.ts';

/** Query of routes whose data belong to an account; read it with `accountFor`. */
export const accountQuery = z.object({
  account: accountName.optional().openapi({
    description: 'Whose; when left out, the account of the key, or `default` for a key of all accounts',
    example: 'default',
  }),
});
