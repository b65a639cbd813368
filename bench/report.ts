/** The report of a run, as the text of docs/benchmarks.md: what falls short first, then the rest. */
import { awsCallsOf, combinedRate, type Finding, findingsOf, type Measured, rateOfSide } from './findings.ts';
import type { Machine } from './machine.ts';
import type { SideName } from './side.ts';
import { median } from './statistics.ts';
import type { Round } from './throughput.ts';

const NAMES: Record<SideName, string> = {
  whole: 'whole path',
  empty: 'empty workflow',
  plain: 'plain loop',
};

/** What the run was made on. `date` is ISO 8601, the day only. */
export type Circumstances = { date: string; machine: Machine; temporalVersion: string; awsVersion: string };

type Cell = string | number;
const row = (cells: Cell[]): string => `| ${cells.join(' | ')} |`;
const table = (head: string[], rows: Cell[][]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const fixed = (value: number): string => value.toFixed(1);

const findingRows = (findings: Finding[]): Cell[][] =>
  findings.map(({ name, figure, aim }) => [name, figure, aim ?? '']);

/** Tables as short as they can be, for the terminal and the document alike. */
export function reportOf(measured: Measured, circumstances: Circumstances): string {
  const findings = findingsOf(measured);
  const short = findings.filter(({ met }) => met === false);
  const met = findings.filter(({ met: is }) => is !== false);
  const head = ['what', 'measured', 'aim'];
  const sections = [
    '# Benchmarks',
    circumstancesText(measured, circumstances),
    '## What falls short',
    short.length === 0 ? 'Nothing in this run.' : table(head, findingRows(short)),
    '## What is as it should be',
    met.length === 0 ? 'Nothing in this run.' : table(head, findingRows(met)),
    '## Mails a second',
    throughputTable(measured),
    throughputText(measured),
    '## Latency',
    latencyTable(measured),
    'At half of the own rate, evenly announced, milliseconds. The whole path ends when the mailbox server has the\n' +
      'mail, the empty workflow when Temporal has closed it. The emulator looks for new messages every 0.1 s while a\n' +
      'long poll waits; the last two columns begin when the bridge has the notice in hand and leave that out.',
    '## Memory',
    memoryTable(measured),
    'Resident memory of the process while one mail passes, above the idle process after a collection; the highest of\n' +
      'three tries each. Buffers that are free but not yet collected are part of it.',
    '## Cost of a mail',
    costTable(measured),
    '## How it is measured',
    METHOD,
  ];
  return `${sections.join('\n\n')}\n`;
}

function circumstancesText({ throughput }: Measured, { date, machine, ...versions }: Circumstances): string {
  const others = Object.values(throughput).flatMap((rounds) => rounds.map((round) => round.othersShare));
  return (
    `Written by \`npm run bench\` on ${date}, on ${machine.cores} cores (${machine.processor}) and ${machine.memoryGiB} GiB,\n` +
    `Node ${machine.node.slice(1)}, Temporal dev server ${versions.temporalVersion}, MiniStack ${versions.awsVersion}. All servers ran on the\n` +
    `same cores as Everpost. Other programs used ${percent(median(others))} of the cores (median of the rounds, at most\n` +
    `${percent(Math.max(...others))}). On such a machine the same figure varies by a quarter between minutes: read ratios, and take\n` +
    'differences under 20 % for none.'
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function throughputTable({ throughput }: Measured): string {
  const of = (rounds: Round[], figure: (round: Round) => number): string => fixed(median(rounds.map(figure)));
  const rows = (Object.keys(NAMES) as SideName[]).map((name): Cell[] => {
    const rounds = throughput[name];
    const rates = rounds.map((round) => round.perSecond);
    return [
      NAMES[name],
      fixed(rateOfSide(throughput, name)),
      `${fixed(Math.min(...rates))}–${fixed(Math.max(...rates))}`,
      `${rounds.length} × ${rounds[0]?.mails ?? 0}`,
      of(rounds, (round) => round.cpuMs.own),
      of(rounds, (round) => round.cpuMs.temporal),
      of(rounds, (round) => round.cpuMs.aws),
    ];
  });
  const head = ['', 'mails/s (median)', 'lowest–highest', 'rounds × mails'];
  return table([...head, 'CPU ms a mail: own process', 'Temporal', 'AWS emulator'], rows);
}

function throughputText({ throughput }: Measured): string {
  const whole = rateOfSide(throughput, 'whole');
  const combined = combinedRate(throughput);
  const cpu = (name: SideName): number =>
    median(throughput[name].map(({ cpuMs }) => cpuMs.own + cpuMs.temporal + cpuMs.aws));
  const share = (cpu('empty') + cpu('plain')) / cpu('whole');
  return (
    `With E the empty workflow's rate and P the plain loop's, 1/(1/E + 1/P) is ${fixed(combined)} mails a second; the whole\n` +
    `path reaches ${fixed(whole)}, ${percent(whole / combined)} of it. By CPU time, which other programs disturb less, the empty workflow and\n` +
    `the plain loop together take ${percent(share)} of what the whole path takes.`
  );
}

function latencyTable({ latency }: Measured): string {
  const rows = (['whole', 'empty'] as const).map((name): Cell[] => {
    const { mails, perSecond, fromAnnouncement, fromQueue } = latency[name];
    const figures = [fromAnnouncement.p50, fromAnnouncement.p95, fromQueue.p50, fromQueue.p95];
    return [NAMES[name], fixed(perSecond), mails, ...figures.map(Math.round)];
  });
  const head = ['', 'mails/s', 'mails', 'p50', 'p95', 'p50 without the queue', 'p95 without the queue'];
  return table(head, rows);
}

function memoryTable({ memory }: Measured): string {
  const rows = memory.map(({ sizeMiB, idleMiB, extraMiB }): Cell[] => [
    `${sizeMiB} MiB`,
    `${Math.round(idleMiB)} MiB`,
    `${Math.round(extraMiB)} MiB`,
  ]);
  return table(['mail', 'idle', 'above idle'], rows);
}

function costTable(measured: Measured): string {
  const { throughput, history, memory } = measured;
  const last = throughput.whole.at(-1)?.awsCalls ?? {};
  const calls = Object.entries(last).map(([call, count]) => `${Number(count.toFixed(2))} ${call}`);
  const own = median(throughput.whole.map(({ cpuMs }) => cpuMs.own));
  const large = memory.at(-1)!;
  return table(
    ['', 'small mail, quick way', `mail of ${large.sizeMiB} MiB, regular activity`],
    [
      ['history events', history.quick.events, history.regular.events],
      ['state transitions', history.quick.transitions, history.regular.transitions],
      ["AWS calls beside the queue's", `${awsCallsOf(throughput)} (${calls.join(', ')})`, large.awsCalls],
      ['CPU ms in our own process', fixed(own), 'not measured'],
    ],
  );
}

const METHOD = `One run starts a Temporal dev server (database on disk, write-ahead log), MiniStack and a mailbox server that
throws everything away, and three processes that stay up for the whole run:

- **whole path**: bridge and worker in one process with eager start, as \`everpost run all\` wires them; one internal
  delivery of a mail of 20 KB that is stored before it is announced. A mail counts when its audit is written.
- **empty workflow**: the same process and the same bridge, with a workflow bundle whose workflow does nothing.
- **plain loop**: the same poller of the queue, then S3, one batched read of DynamoDB and nodemailer's pool, 16 at a time,
  without Temporal: no ledger, no audit, no retry. What a crash loses here is what the other costs buy.

Rounds of the three alternate in an order by chance, after a warm-up. At most 16 starts are in flight, and at most 32 mails
are announced and not through; from 24 to 96 made no difference. The first and last 16 mails of a round do not count
for its rate. CPU time is that of the processes, user and system, over a whole round; the mailbox server's and the
benchmark's own are not in the table but share the cores. AWS calls are counted in the clients of the AWS SDK.`;
