/**
 * What both pages need: elements whose text is always text, times for people, and calls to the API with the
 * session's cookie. Mail is written by strangers: nothing of it is ever parsed as HTML.
 */

/** An element with text (never HTML), a class and children. */
export function element(name, { text, className, href, title } = {}, children = []) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  if (href) made.setAttribute('href', href);
  if (title) made.title = title;
  made.append(...children);
  return made;
}

/** A time as people here write it. */
export const timeText = (iso) => (iso ? new Date(iso).toLocaleString() : '');

/** The element of the page with that id; every id named in a script is in its page. */
export const byId = (id) => document.getElementById(id);

/** Shows a sentence in the element, or hides it when there is none. */
export function say(id, sentence) {
  const place = byId(id);
  place.textContent = sentence ?? '';
  place.hidden = !sentence;
}

/** Calls the API. Throws an Error with the problem's own words; sends people without a session to sign in. */
export async function call(path, options = {}) {
  const answer = await fetch(path, { headers: { accept: 'application/json' }, ...options });
  if (answer.status === 401) {
    location.assign('/signin');
    throw new Error('Please sign in.');
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.detail ?? `The API answered ${answer.status}.`);
  return body;
}

/** Runs `look` now and then every `everyMs`, one at a time, and not while the page is out of sight. */
export function keepLooking(look, everyMs) {
  let isLooking = false;
  const round = async () => {
    if (isLooking || document.hidden) return;
    isLooking = true;
    await look().finally(() => {
      isLooking = false;
    });
  };
  setInterval(() => void round(), everyMs);
  document.addEventListener('visibilitychange', () => void round());
  void round();
  return round;
}
