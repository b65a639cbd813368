/**
 * The mail catcher of `everpost dev`: stands where a relay stands in production, so that mails can be looked at
 * instead of being delivered. Two SMTP ports (to the outside, and internal), one HTTP port, one folder.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { catcherPage } from './catcher-page.ts';
import { openCatcherSmtp } from './catcher-smtp.ts';
import { openCatcherStore } from './catcher-store.ts';

export type CatcherOptions = {
  host: string;
  /** Ports; 0 takes a free one. */
  smtpPort: number;
  internalPort: number;
  httpPort: number;
  /** Where mails are kept; made if it is missing. */
  folder: string;
  /** Unknown users of the internal port, which answers 550 5.1.1 to them. Absent: everybody is known. */
  refuse?: (address: string) => boolean | Promise<boolean>;
};

export type Catcher = {
  smtpPort: number;
  internalPort: number;
  httpPort: number;
  /** Ends all three ports; what was caught stays in the folder. */
  stop(): Promise<void>;
};

/** Mails kept. A demo or a day of tests fits; a forgotten catcher does not fill the disk. */
const MAILS_MAX = 5_000;

/** Starts all of it. Rejects, with nothing left open, where one of the ports cannot be had. */
export async function startCatcher(options: CatcherOptions): Promise<Catcher> {
  const { host, refuse } = options;
  const store = await openCatcherStore(options.folder, MAILS_MAX);
  const open: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(open.splice(0).map((end) => end()));
  };
  try {
    const external = await openCatcherSmtp({ host, port: options.smtpPort, name: 'external', store });
    open.push(external.stop);
    const known = refuse === undefined ? {} : { refuse };
    const internal = await openCatcherSmtp({
      host,
      port: options.internalPort,
      name: 'internal',
      store,
      ...known,
    });
    open.push(internal.stop);
    const page = createAdaptorServer({ fetch: catcherPage(store).fetch });
    page.listen(options.httpPort, host);
    await once(page, 'listening');
    open.push(async () => {
      const closed = once(page, 'close');
      page.close();
      if ('closeAllConnections' in page) page.closeAllConnections();
      await closed;
    });
    return {
      smtpPort: external.port,
      internalPort: internal.port,
      httpPort: (page.address() as AddressInfo).port,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
