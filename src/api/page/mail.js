/** One mail: its state, deliveries and timeline, live, and the four things that people may ask of it. */
import { byId, call, element, keepLooking, say, timeText } from './elements.js';

const EVERY_MS = 2000;
const id = decodeURIComponent(location.pathname.slice('/mails/'.length));
const resource = `/v1/mails/${encodeURIComponent(id)}`;
let shown = '';

const facts = (mail) => [
  ['From', mail.from || '<>'],
  ['To', mail.recipients.join(', ')],
  ['Received', timeText(mail.startedAt)],
  ['Closed', mail.isOpen ? 'open' : timeText(mail.closedAt)],
  ['Stored at', `${mail.stored.bucket}/${mail.stored.key}`],
  ['Id', mail.id],
];

const deliveryRow = (one) =>
  element('tr', {}, [
    element('td', { text: one.to }),
    element('td', { text: one.kind, className: 'word' }),
    element('td', {}, [element('span', { text: one.state, className: `status ${one.state}` })]),
    element('td', { text: String(one.attempts) }),
    element('td', {
      text: [one.reply, one.nextAttemptAt && `next try ${timeText(one.nextAttemptAt)}`]
        .filter(Boolean)
        .join(' · '),
    }),
    element('td', { text: one.because }),
  ]);

const timelineEntry = (entry) =>
  element('li', {}, [
    element('time', { text: timeText(entry.at) }),
    element('b', { text: entry.outcome ? `${entry.event}: ${entry.outcome}` : entry.event }),
    element('span', { text: [entry.delivery, entry.text, entry.reply].filter(Boolean).join(' · ') }),
  ]);

function show(mail) {
  const now = JSON.stringify(mail);
  if (now === shown) return;
  shown = now;
  document.title = `${mail.subject || 'Mail'} · Everpost`;
  byId('subject').textContent = mail.subject || '(no subject)';
  byId('status').textContent = mail.held ? `${mail.status}, held` : mail.status;
  byId('status').className = `status ${mail.status}`;
  byId('reason').textContent = mail.reason;
  byId('facts').replaceChildren(
    ...facts(mail).flatMap(([name, value]) => [
      element('dt', { text: name }),
      element('dd', { text: value }),
    ]),
  );
  byId('deliveries').replaceChildren(...mail.deliveries.map(deliveryRow));
  byId('timeline').replaceChildren(...mail.timeline.map(timelineEntry));
  byId('notes').replaceChildren(...mail.notes.map((text) => element('li', { text })));
  byId('notes-part').hidden = mail.notes.length === 0;
  byId('mime').href = `${resource}/mime`;
  const isWeb = mail.webUi !== undefined && /^https?:/.test(mail.webUi);
  if (isWeb) byId('webui').href = mail.webUi;
  byId('webui').hidden = !isWeb;
  for (const button of document.querySelectorAll('button[data-ask]')) {
    const needsOpen = button.dataset.ask === 'hold' || button.dataset.ask === 'cancel';
    const isNeedless = mail.status === 'delivered' && !mail.isOpen;
    button.disabled = mail.source === 'ledger' || isNeedless || (needsOpen && !mail.isOpen);
  }
  byId('mail').hidden = false;
}

const lookNow = keepLooking(async () => {
  try {
    show(await call(resource));
    say('trouble');
  } catch (error) {
    say('trouble', error.message);
  }
}, EVERY_MS);

byId('actions').addEventListener('click', async (event) => {
  const asked = event.target.dataset?.ask;
  if (!asked) return;
  event.target.disabled = true;
  try {
    await call(`${resource}/${asked}`, { method: 'POST' });
    say('done', `Asked for: ${asked}. The timeline shows what comes of it.`);
  } catch (error) {
    say('done', `${asked} did not work: ${error.message}`);
  }
  event.target.disabled = false;
  shown = '';
  void lookNow();
});
