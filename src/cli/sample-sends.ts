/** Sample mails as a shop would send them: receipts, password resets, reminders, a newsletter; `everpost.send/v1`. */
import { SEND_SCHEMA } from '../stores/send-request.ts';

const HOUR_MS = 3_600_000;

const PEOPLE = ['Alice Adams', 'Bob Brown', 'Carla Costa', 'Dan Dorn', 'Eva Engel', 'Finn Fox', 'Grete Öz'];
const THINGS = ['a blue teapot', 'two bicycle lamps', 'a wool blanket', 'three pots of honey', 'a desk lamp'];

type Sample = Record<string, unknown>;
type About = { shop: string; name: string; thing: string; number: number; nowMs: number };

const inHours = (nowMs: number, hours: number): string => new Date(nowMs + hours * HOUR_MS).toISOString();

/** One maker a kind; what they leave out decides itself. */
const KINDS: ((about: About) => Sample)[] = [
  ({ shop, name, number }) => ({
    from: `Accounts <accounts@${shop}>`,
    subject: 'Your new password',
    text: `Hello ${name},\n\nuse the code ${number} within an hour to choose a new password.\n`,
    priority: 250,
    tags: ['password-reset'],
  }),
  ({ shop, name, thing, number }) => ({
    from: `Example Shop <orders@${shop}>`,
    subject: `Your order ${number}`,
    text: `Hello ${name},\n\nthank you for your order: ${thing}.\n`,
    html: `<p>Hello ${name},</p><p>thank you for your order: <b>${thing}</b>.</p>`,
    priority: 150,
    tags: ['order'],
    attachments: [
      {
        filename: `order-${number}.csv`,
        contentType: 'text/csv',
        content: Buffer.from(`number,what\r\n${number},${thing}\r\n`).toString('base64'),
      },
    ],
  }),
  ({ shop, name, number, nowMs }) => ({
    from: `Example Shop <orders@${shop}>`,
    subject: `Invoice ${number} is due`,
    text: `Hello ${name},\n\ninvoice ${number} is due in three days.\n`,
    deadline: inHours(nowMs, 72),
    tags: ['reminder'],
  }),
  ({ shop, name, thing, number, nowMs }) => ({
    from: `Example Shop <news@${shop}>`,
    subject: `This week: ${thing}`,
    text: `Hello ${name},\n\n${thing} and ${number % 90} other things cost less this week.\n`,
    category: 'bulk',
    priority: 20,
    expiresAt: inHours(nowMs, 7 * 24),
    tags: ['newsletter'],
  }),
];

/** One mail from a served domain to somebody outside it; `chance` is 8 random bytes, which decide everything. */
export function sampleSend(domain: string, chance: Uint8Array, now: Date): Sample {
  const draw = (at: number, from: number): number => (chance[at] ?? 0) % from;
  const name = PEOPLE[draw(0, PEOPLE.length)]!;
  const number = 1000 + (((chance[4] ?? 0) << 16) | ((chance[5] ?? 0) << 8) | (chance[6] ?? 0));
  const about = { shop: domain, name, thing: THINGS[draw(1, THINGS.length)]!, number, nowMs: now.getTime() };
  const local = name.split(' ')[0]!.toLowerCase();
  const sample = KINDS[draw(2, KINDS.length)]!(about);
  return { schema: SEND_SCHEMA, ...sample, to: [{ name, address: `${local}.${number}@customers.example` }] };
}
