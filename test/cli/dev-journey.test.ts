/** The real `everpost dev`, from the first start to a crash: one story, since each start takes seconds. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openAws } from '../../src/stores/aws.ts';
import { openQueue } from '../../src/stores/queue.ts';
import { sesNotification } from '../journeys/mails.ts';
import { until } from '../journeys/world.ts';
import {
  caughtBytes,
  caughtMails,
  type DevHome,
  type DevProcess,
  everpost,
  makeDevHome,
  readDevEnv,
} from './dev-process.ts';

const RUNNING = 'Everpost is running.';
const STOP_MS_MAX = 10_000;

let folder: string;
let at: DevHome;
let running: DevProcess | undefined;

async function start(): Promise<DevProcess> {
  running = everpost(at, 'dev');
  await running.says(RUNNING);
  return running;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everpost-dev-'));
  at = await makeDevHome(folder);
});
afterAll(async () => {
  running?.child.kill('SIGTERM');
  await running?.ended;
  await rm(folder, { recursive: true, force: true });
});

/** The rows of the demo's table: title, status, outcomes. */
function demoRows(printed: string): string[] {
  const [, table = ''] = printed.split('Demo mail    ');
  return table
    .slice(0, table.indexOf('Dashboard'))
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.trim().replaceAll(/ {2,}/g, ' | '));
}

const DEMO = [
  'A plain mail | delivered | mailbox alice@example.com delivered',
  'Forwarded, inside and outside | delivered | mailbox team@example.com delivered',
  'forward carol@example.com delivered',
  'forward dan@partner.example delivered',
  'Answered with an away reply | delivered | mailbox erin@example.com delivered',
  'away heidi@partner.example delivered',
  'A bounce, returned to who sent | delivered | bounce grace@example.com delivered',
  'From a blocked sender | blocked | win@spam.example is blocked for all recipients',
  expect.stringMatching(
    /^To an unknown user \| bounced \| mailbox unknown@example\.com refused: 550 5\.1\.1 /,
  ),
  'Umlauts, eight bits | delivered | mailbox alice@example.com delivered',
];

describe('everpost dev', () => {
  it('starts everything, plays the demo and says what became of each mail', async () => {
    const { printed } = await start();
    expect(demoRows(printed())).toEqual(DEMO);
    const caught = (await caughtMails(at)).map(
      ({ port, mailFrom, rcptTo }) => `${port} ${mailFrom || '<>'} → ${rcptTo}`,
    );
    expect(caught.sort()).toEqual([
      'external <> → heidi@partner.example',
      'external bob@partner.example → dan@partner.example',
      'internal <> → grace@example.com',
      'internal bob@partner.example → alice@example.com',
      'internal bob@partner.example → carol@example.com',
      'internal bob@partner.example → team@example.com',
      'internal heidi@partner.example → erin@example.com',
      'internal juergen@partner.example → alice@example.com',
    ]);
  });

  it('delivers eight-bit bytes as they came', async () => {
    const [mail] = (await caughtMails(at)).filter(({ mailFrom }) => mailFrom === 'juergen@partner.example');
    const bytes = await caughtBytes(at, mail!);
    expect(bytes.includes(Buffer.from('Schöne Grüße aus Köln!\r\n\r\nJürgen\r\n', 'latin1'))).toBe(true);
    expect(mail?.subject).toBe('Grüße aus Köln 🌊');
  });

  it('writes an environment file for its owner, with which the API, a browser and metrics are reached', async () => {
    const env = await readDevEnv(at);
    expect((await stat(join(at.home, 'dev.env'))).mode & 0o777).toBe(0o600);
    const health = await fetch(`${env.EVERPOST_URL}/health`);
    expect(await health.json()).toMatchObject({ status: 'up', missing: [] });
    const mails = await fetch(`${env.EVERPOST_URL}/v1/mails`, {
      headers: { authorization: `Bearer ${env.EVERPOST_API_KEY}` },
    });
    expect((await mails.json()) as object).toMatchObject({ items: { length: 7 } });
    const metrics = await (await fetch(env.EVERPOST_METRICS_URL!)).text();
    expect(metrics).toContain('emails_processed_total{domain="example.com",status="delivered"} 5');
    const link = /http:\S+\/signin\/\S+/.exec(running!.printed())![0];
    const signedIn = await fetch(link, { redirect: 'manual' });
    expect(signedIn.headers.get('set-cookie')).toContain('everpost_session=');
  });

  it('finds a doctor’s approval, and setup finds nothing to do', async () => {
    const doctor = everpost(at, 'doctor');
    expect(await doctor.ended, doctor.printed()).toBe(0);
    expect(doctor.printed()).toContain('All is well.');
    const setup = everpost(at, 'setup');
    expect(await setup.ended, setup.printed()).toBe(0);
    expect(setup.printed()).toContain('Temporal namespace default: as it should be');
    expect(setup.printed()).toContain('Tables: all there');
  });

  it('delivers an own mail that is put into the bucket and announced on the queue', async () => {
    const config = readConfig(await readDevEnv(at));
    const aws = openAws(config);
    const bytes = 'From: x@sender.test\r\nTo: zoe@example.com\r\nSubject: own\r\n\r\nmine\r\n';
    await aws.s3.send(new PutObjectCommand({ Bucket: 'example-com-emails', Key: 'own', Body: bytes }));
    await aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: await openQueue(aws.sqs, 'example-com-queue').url(),
        MessageBody: sesNotification('own', 'example-com-emails', { recipients: ['zoe@example.com'] }),
      }),
    );
    const [mail] = await until(async () => {
      const found = await caughtMails(at, '?to=zoe@example.com');
      return found.length > 0 && found;
    });
    expect((await caughtBytes(at, mail!)).toString()).toMatch(/\r\n\r\nmine\r\n$/);
    aws.close();
  });

  it('sends a mail again when the command line asks for it', async () => {
    const before = (await caughtMails(at, '?to=zoe@example.com')).length;
    const resend = everpost(at, 'resend', 'mail:example.com:own', '--all');
    expect(await resend.ended, resend.printed()).toBe(0);
    await until(async () => (await caughtMails(at, '?to=zoe@example.com')).length > before);
    const unknown = everpost(at, 'resend', 'mail:example.com:no-such-mail');
    expect(await unknown.ended).toBe(1);
    expect(unknown.printed()).toContain('No mail has this id.');
  });

  it('refuses a second one on the same home in a sentence', async () => {
    const second = everpost(at, 'dev');
    expect(await second.ended).toBe(1);
    expect(second.printed()).toMatch(
      /^everpost: Another everpost dev \(process \d+\) is running on .*: stop it/,
    );
  });

  it('names a taken port, who wanted it and the variable, before anything starts', async () => {
    const other = await makeDevHome(await mkdtemp(join(folder, 'other-')));
    const variables = { ...other.variables, API_PORT: at.variables.API_PORT! };
    const second = everpost({ ...other, variables }, 'dev');
    expect(await second.ended).toBe(1);
    expect(second.printed()).toBe(
      `everpost: Port ${variables.API_PORT} of 127.0.0.1, wanted by the API, is taken: ` +
        'stop what listens there, or choose another with API_PORT=…\n',
    );
  });

  it('stops everything in reverse order within 10 s at SIGINT, and takes its addresses back', async () => {
    const { child, ended, printed } = running!;
    const began = performance.now();
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOP_MS_MAX);
    const [, stopping = ''] = printed().split('Stopping\n');
    expect(
      stopping
        .trim()
        .split('\n')
        .map((line) => /✓ (.+?) {2}/.exec(line)?.[1]),
    ).toEqual(['API', 'Bridge', 'Worker', 'Metrics', 'Mail catcher', 'AWS emulator', 'Temporal']);
    expect((await readdir(at.home)).filter((name) => /^dev\.(env|lock)/.test(name))).toEqual([]);
    await expect(fetch(`http://127.0.0.1:${at.variables.API_PORT}/livez`)).rejects.toThrow();
  });

  it('starts again at once with its state, and does not play the demo twice', async () => {
    const { printed } = await start();
    expect(demoRows(printed())).toEqual(DEMO);
    expect((await caughtMails(at)).filter(({ rcptTo }) => rcptTo.includes('team@example.com'))).toHaveLength(
      1,
    );
    const env = await readDevEnv(at);
    const answer = await fetch(
      `${env.EVERPOST_URL}/v1/mails/${encodeURIComponent('mail:example.com:own')}/mime`,
      {
        headers: { authorization: `Bearer ${env.EVERPOST_API_KEY}` },
      },
    );
    expect(await answer.text()).toContain('\r\n\r\nmine\r\n');
  });

  it('ends the servers of a start that was killed, and takes over', async () => {
    const { owner } = JSON.parse(await readFile(join(at.home, 'dev.lock'), 'utf8'));
    process.kill(owner.pid, 'SIGKILL');
    await running!.ended;
    const { printed } = await start();
    expect(printed()).toContain(
      `The start before (process ${owner.pid}) ended without cleaning up; took over its lock and ended 2 servers`,
    );
  });

  it('stops the rest and says what was last heard of a server that dies', async () => {
    const { servers } = JSON.parse(await readFile(join(at.home, 'dev.lock'), 'utf8'));
    process.kill(servers[0].pid, 'SIGKILL');
    expect(await running!.ended).toBe(1);
    expect(running!.printed()).toContain('Temporal has ended by itself (SIGKILL). Its log ');
    expect(running!.printed()).toMatch(/Stopping\n(.+stopped\n)+$/);
  });
});
