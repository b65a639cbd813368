/** The latest mails, live: asks every 2 s for the newest, and for older pages when somebody wants them. */
import { byId, call, element, keepLooking, say, timeText } from './elements.js';

const EVERY_MS = 2000;
const filter = byId('filter');
let older = [];
let next = null;
let shown = '';

function address(more = {}) {
  const query = new URLSearchParams({ limit: '50', ...more });
  for (const [name, value] of new FormData(filter)) if (value.trim()) query.set(name, value.trim());
  return `/v1/mails?${query}`;
}

const recipients = (to) => (to.length > 1 ? `${to[0]} and ${to.length - 1} more` : (to[0] ?? ''));

function row(mail) {
  const page = `/mails/${encodeURIComponent(mail.id)}`;
  const subject = element('a', { text: mail.subject || '(no subject)', href: page });
  return element('tr', {}, [
    element('td', { text: timeText(mail.startedAt), className: 'time' }),
    element('td', {}, [element('span', { text: mail.status, className: `status ${mail.status}` })]),
    element('td', { text: mail.from || '<>', title: mail.from }),
    element('td', { text: recipients(mail.to), title: mail.to.join(', ') }),
    element('td', {}, [subject]),
  ]);
}

/** Rows are made anew only when something changed, so that a selection or a focus stays. */
function show(newest) {
  const ids = new Set(newest.map(({ id }) => id));
  const all = [...newest, ...older.filter(({ id }) => !ids.has(id))];
  const now = JSON.stringify(all);
  if (now !== shown) byId('mails').replaceChildren(...all.map(row));
  shown = now;
  byId('empty').hidden = all.length > 0;
  byId('older').hidden = next === null;
}

async function look() {
  const asked = address();
  try {
    const page = await call(asked);
    if (asked !== address()) return;
    if (older.length === 0) next = page.next;
    show(page.items);
    say('trouble');
    byId('live').textContent = `live · ${new Date().toLocaleTimeString()}`;
  } catch (error) {
    say('trouble', error.message);
    byId('live').textContent = 'not live';
  }
}

const lookNow = keepLooking(look, EVERY_MS);

filter.addEventListener('submit', (event) => event.preventDefault());
filter.addEventListener('input', () => {
  older = [];
  next = null;
  void lookNow();
});

byId('older').addEventListener('click', async () => {
  try {
    const page = await call(address({ cursor: next }));
    older = [...older, ...page.items];
    next = page.next;
    await look();
  } catch (error) {
    say('trouble', error.message);
  }
});
