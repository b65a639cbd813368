/** What the activities of outbound mail need of the world, named once. */
import type { AccountStore } from '../src/stores/account-store.ts';
import type { Queue } from '../src/stores/queue.ts';
import type { SendStore } from '../src/stores/send-store.ts';
import type { SuppressionStore } from '../src/stores/suppression-store.ts';
import type { TemplateStore } from '../src/stores/template-store.ts';
import type { MailActivityParts } from './parts.ts';

export type SendActivityParts = MailActivityParts & {
  accounts: AccountStore;
  sends: SendStore;
  suppressions: SuppressionStore;
  templates: TemplateStore;
  /** `everpost-rejected-queue`. */
  rejectedQueue: Queue;
};
