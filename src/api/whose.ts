/** Whose data a request is about: lists, templates and keys belong to accounts. */
import { z } from '@hono/zod-openapi';
import { DEFAULT_ACCOUNT } from '../stores/account-store.ts';
import { accountName } from '../stores/send-request.ts';

/** Query of routes whose data belong to an account. */
export const accountQuery = z.object({
  account: accountName
    .default(DEFAULT_ACCOUNT)
    .openapi({ description: 'Whose; a key of one account may leave it out', example: 'default' }),
});
