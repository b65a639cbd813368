/**
 * Bridge and worker in one process, wired as `everpost run all` wires them, with eager start. The argument is the
 * workflow bundle: the product's own, or the empty workflow's, which is started by the very same bridge.
 */
import { pino } from 'pino';
import { createMailActivities } from '../activities/create.ts';
import { createSendActivities } from '../activities/create-send.ts';
import { startBridge } from '../src/bridge/bridge.ts';
import { readConfig } from '../src/config.ts';
import { openAws } from '../src/stores/aws.ts';
import { openMailStore } from '../src/stores/mail-store.ts';
import { openQueue } from '../src/stores/queue.ts';
import { openMailParts } from '../src/worker/mail-parts.ts';
import { createMetrics } from '../src/worker/metrics.ts';
import { installRuntime } from '../src/worker/runtime.ts';
import { startWorker } from '../src/worker/worker.ts';
import { openParent } from './parent.ts';

const parent = openParent();
const [, , workflowBundlePath = ''] = process.argv;
const config = readConfig(process.env);
const log = pino({ level: config.logLevel, base: { name: config.name, part: 'all' } });
const aws = openAws(config);
parent.countCalls(aws);
const { count } = createMetrics();
const mail = openMailParts(config, {
  aws,
  log,
  count: {
    ...count,
    // The audit has been written: what is left of this mail is the end of its workflow.
    mail(domain, status) {
      count.mail(domain, status);
      parent.done();
    },
  },
});
await installRuntime(log);
const worker = await startWorker(config, {
  activities: { ...createMailActivities(mail.parts), ...createSendActivities(mail.parts) },
  workflowBundlePath,
  sinks: { bench: { ran: { fn: () => parent.done() } } },
  graceMs: 2_000,
  log,
});
const bridge = startBridge(config, {
  client: worker.client,
  eager: true,
  openQueue: (name) => parent.watched(openQueue(aws.sqs, name)),
  mailStore: openMailStore(aws.s3),
  count: count.notice,
  waitSeconds: 2,
  log,
});
parent.ready(async () => {
  await bridge.stop();
  await worker.stop();
  mail.close();
  aws.close();
});
