/** What `everpost dev` says when everything runs: where each thing is, and what became of the demo mails. */
import type { DeliveryView } from '../../../workflows/messages.ts';
import type { DemoResult } from './demo.ts';
import type { Screen } from './screen.ts';

const LABEL_COLUMNS = 12;
const TITLE_COLUMNS = 33;
const STATUS_COLUMNS = 11;

/** One aligned line a place: what it is, where it is, and a word about it. */
export function sayPlaces(screen: Screen, places: [label: string, where: string, note?: string][]): void {
  for (const [label, where, note] of places) {
    const about = note === undefined ? '' : `  ${screen.styled('dim', note)}`;
    screen.say(`  ${label.padEnd(LABEL_COLUMNS)} ${screen.styled('cyan', where)}${about}`);
  }
}

/** One delivery in a few words, such as `forward dan@partner.example (delivered)`. */
function inWords({ kind, to, state, reply }: DeliveryView): string {
  const refusal = state === 'refused' && reply !== undefined ? `: ${reply}` : '';
  return `${kind} ${to} ${state}${refusal}`;
}

/** Everything that one mail came to, a line for each delivery; the reason where there is none. */
export function outcomeLines({ state }: DemoResult): string[] {
  if (state === undefined) return ['no answer yet: look into the Web UI'];
  if (state.deliveries.length === 0) return [state.reason];
  return state.deliveries.map(inWords);
}

/** The table of the demo mails. */
export function sayDemo(screen: Screen, results: DemoResult[]): void {
  const row = (title: string, status: string, outcome: string): string =>
    `  ${title.padEnd(TITLE_COLUMNS)} ${status.padEnd(STATUS_COLUMNS)} ${outcome}`;
  screen.say(screen.styled('bold', row('Demo mail', 'Status', 'What became of it')));
  for (const result of results) {
    const [first = '', ...more] = outcomeLines(result);
    screen.say(row(result.title, result.state?.status ?? 'unknown', first));
    for (const line of more) screen.say(row('', '', line));
  }
}
