/** Reads a JSON body where the route validates it by itself: 415 and 400 problems as everywhere else. */
import type { Context } from 'hono';
import { parseJson } from '../mail/json.ts';
import { Problem } from './problems.ts';

/** The parsed body. Throws problems for another content type and for what is no JSON in UTF-8. */
export async function readJsonBody(c: Context): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type))
    throw new Problem(415, 'media-type', 'Send the body with Content-Type: application/json.');
  const value = parseJson(await c.req.text());
  if (value === undefined) throw new Problem(400, 'malformed', 'The body is no JSON. Send one JSON object.');
  return value;
}
