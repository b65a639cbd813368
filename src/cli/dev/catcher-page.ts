/**
 * What the mail catcher shows: a page and JSON over HTTP. Mails come from strangers, so nothing of them is ever
 * markup here: text is escaped, HTML parts are shown as text, and the policy allows no script at all.
 *
 * `GET /` · `GET /messages?to=&port=` · `DELETE /messages` · `GET /messages/{id}` (the bytes) · `…/{id}/view`
 */
import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { html } from 'hono/html';
import { secureHeaders } from 'hono/secure-headers';
import type { ParsedMail } from 'mailparser';
import type { CatcherStore, CaughtMail } from './catcher-store.ts';

/** Mails on the page; JSON lists all. */
const PAGE_MAILS_MAX = 200;

/** HTML that is turned into text for the view; more would keep the process busy for seconds. */
const HTML_LENGTH_MAX = 1_000_000;

const STYLE = `body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; max-width: 72rem }
td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: 1rem }`;

type Html = ReturnType<typeof html>;

/** The catcher's web application on a store. */
export function catcherPage(store: CatcherStore): Hono {
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  );
  app.get('/style.css', (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/', (c) => c.html(listPage(store.list())));
  app.get('/messages', (c) => c.json(filtered(store.list(), c.req.query('to'), c.req.query('port'))));
  app.delete('/messages', async (c) => {
    await store.clear();
    return c.body(null, 204);
  });
  app.get('/messages/:id', (c) => {
    const mail = store.find(c.req.param('id'));
    if (!mail)
      return c.text('No mail with this id. It may have been deleted; GET /messages lists all.\n', 404);
    const headers = { 'content-type': 'message/rfc822', 'content-length': String(mail.size) };
    return c.body(Readable.toWeb(store.read(mail)) as ReadableStream, 200, headers);
  });
  app.get('/messages/:id/view', async (c) => {
    const mail = store.find(c.req.param('id'));
    if (!mail)
      return c.text('No mail with this id. It may have been deleted; GET /messages lists all.\n', 404);
    // Loaded when somebody looks at a mail for the first time: it costs every start a tenth of a second.
    const { simpleParser } = await import('mailparser');
    const parsed = await simpleParser(store.read(mail), { maxHtmlLengthToParse: HTML_LENGTH_MAX });
    return c.html(mailPage(mail, parsed));
  });
  return app;
}

/** Recipients are compared as people mean them: without regard to case. */
function filtered(mails: CaughtMail[], to: string | undefined, port: string | undefined): CaughtMail[] {
  const wanted = to?.toLowerCase();
  return mails.filter(
    (mail) =>
      (wanted === undefined || mail.rcptTo.some((address) => address.toLowerCase() === wanted)) &&
      (port === undefined || mail.port === port),
  );
}

const page = (title: string, content: Html): Html =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="stylesheet" href="/style.css"></head>
<body><h1>${title}</h1>${content}</body></html>`;

function listPage(mails: CaughtMail[]): Html {
  const rows = mails.slice(0, PAGE_MAILS_MAX).map(
    ({ id, receivedAt, port, mailFrom, rcptTo, subject, size }) => html`<tr>
<td>${receivedAt}</td><td>${port}</td><td>${mailFrom || '<>'}</td><td>${rcptTo.join(', ')}</td>
<td><a href="/messages/${id}/view">${subject || '(no subject)'}</a></td><td>${size}</td></tr>`,
  );
  const more = mails.length - rows.length;
  return page(
    `Caught mail: ${mails.length}`,
    html`<table><tr><th>received</th><th>port</th><th>from</th><th>to</th><th>subject</th><th>bytes</th></tr>
${rows}</table>${more > 0 ? html`<p>${more} older ones: <a href="/messages">GET /messages</a></p>` : ''}`,
  );
}

function mailPage(mail: CaughtMail, { headerLines, text, attachments }: ParsedMail): Html {
  return page(
    mail.subject || '(no subject)',
    html`<p>${mail.receivedAt}, ${mail.port} port, envelope from ${mail.mailFrom || '<>'} to ${mail.rcptTo.join(', ')}.
<a href="/messages/${mail.id}">The bytes</a> · <a href="/">All mails</a></p>
<pre>${headerLines.map(({ line }) => line).join('\n')}</pre>
<pre>${text ?? ''}</pre>
<ul>${attachments.map(
      ({ filename, contentType, size }) =>
        html`<li>${filename ?? '(no name)'}, ${contentType}, ${size} bytes</li>`,
    )}</ul>`,
  );
}
