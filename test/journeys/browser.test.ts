/**
 * What a person sees, in a real browser: Debian's Chromium, which continuous integration installs. Where there is
 * none these tests are not run, and the output of the run says so.
 */
import { existsSync } from 'node:fs';
import pino from 'pino';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/server.ts';
import { sendStarter } from '../../src/bridge/start-send.ts';
import { mailText } from './mails.ts';
import { openWorld, type World } from './world.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
/** As root in a container there is no sandbox; nothing but this machine is to be reached. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The API of a world, on a free port. */
function apiOf({ aws, client, parts, config: { api, ...config } }: World): Promise<RunningApi> {
  const own = { ...config, api: { ...api, port: 0 } };
  const startSend = sendStarter(own, client);
  return startApi(own, { temporal: client, aws, relays: parts.relays, startSend }, pino({ level: 'silent' }));
}

/** A page whose errors, of scripts and of loading, are collected. */
async function watched(browser: Browser, troubles: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  return page;
}

describe.runIf(executablePath !== undefined)('a person at the page', () => {
  let world: World;
  let api: RunningApi;
  let browser: Browser;
  let page: Page;
  const troubles: string[] = [];

  beforeAll(async () => {
    world = await openWorld({ EVERPOST_API_KEYS: 'an-admin-key-of-the-tests' });
    await world.startWorker();
    world.startBridge();
    api = await apiOf(world);
    browser = await chromium.launch({ executablePath: executablePath!, args });
    page = await watched(browser, troubles);
  });
  afterAll(async () => {
    await browser.close();
    await api.stop();
    await world.close();
  });

  it('signs in once by a link, which works no second time', async () => {
    const link = api.signInLink();
    await page.goto(link);
    await page.waitForSelector('table');
    expect(new URL(page.url()).pathname).toBe('/');
    const other = await browser.newContext();
    const again = await other.newPage();
    await again.goto(link);
    expect(await again.locator('table').count()).toBe(0);
    await other.close();
  });

  it('sees a mail appear by itself, and its subject as text whatever it holds', async () => {
    const alice = world.address('alice');
    const subject = '<img src=x onerror=alert(1)> "quoted" & more';
    await world.receive(mailText({ to: alice, subject }), { recipients: [alice], subject });
    await page.getByText(subject).waitFor();
    expect(await page.locator('table img').count()).toBe(0);
  });

  it('looks at a refused mail, mends its mailbox, and resends it with a click', async () => {
    const bob = world.address('bob');
    world.inside.unknownUsers.add(bob);
    const subject = 'A mail for bob';
    await world.receive(mailText({ to: bob, subject }), { recipients: [bob], subject });
    await page.getByText(subject).click();
    await page.locator('#deliveries').getByText('no such user').waitFor();
    world.inside.unknownUsers.delete(bob);
    await page.getByRole('button', { name: /Resend/ }).click();
    await world.inside.waitFor(bob);
    await page.locator('#status', { hasText: 'delivered' }).waitFor();
  });

  it('reads the API’s documentation without anything from elsewhere', async () => {
    await page.goto(`${api.url}/docs`);
    await page.getByText('/v1/mails/{id}/resend').first().waitFor();
    expect(troubles).toEqual([]);
  });
});
