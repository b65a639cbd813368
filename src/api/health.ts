/**
 * `GET /livez`: this process answers. `GET /health`: everything it needs does, by name. Both are open, since probes
 * carry no keys. `/health` asks its dependencies at most every 5 s.
 */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { shareAnswers } from './answer-sharing.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Check, dependencyChecks } from './dependency-checks.ts';

const KEEP_MS = 5_000;

const checkSchema = z.object({
  status: z.enum(['up', 'degraded', 'down']),
  detail: z.string().optional(),
  missing: z.array(z.string()).optional().openapi({ description: 'Names of what is not there, of several' }),
});

const healthSchema = z
  .object({
    status: z.enum(['up', 'degraded', 'down']),
    checkedAt: z.iso.datetime(),
    missing: z.array(z.string()).openapi({ description: 'Queues, buckets and tables that are not there' }),
    checks: z.record(z.string(), checkSchema),
  })
  .openapi('Health');

type Health = z.infer<typeof healthSchema>;

/** Without the relay for the outside, mail within the served domains still arrives. */
const MAY_BE_DOWN = new Set(['externalRelay']);

/** The whole, from its parts: down where something is down that no mail can do without. */
export function overallHealth(checks: Record<string, Check>, checkedAt: string): Health {
  const entries = Object.entries(checks);
  const isDown = entries.some(([name, check]) => check.status === 'down' && !MAY_BE_DOWN.has(name));
  const isDegraded = entries.some(([, check]) => check.status !== 'up');
  return {
    status: isDown ? 'down' : isDegraded ? 'degraded' : 'up',
    checkedAt,
    missing: entries.flatMap(([, check]) => check.missing ?? []),
    checks,
  };
}

const livez = createRoute({
  method: 'get',
  path: '/livez',
  tags: ['Health'],
  summary: 'Whether this process answers',
  responses: {
    200: {
      description: 'It does',
      content: { 'application/json': { schema: z.object({ status: z.literal('up') }) } },
    },
  },
});

const content = { 'application/json': { schema: healthSchema } };

const health = createRoute({
  method: 'get',
  path: '/health',
  tags: ['Health'],
  summary: 'Whether everything that Everpost needs answers, by name',
  responses: {
    200: { description: 'Mail flows; `degraded` names what is missing', content },
    503: { description: 'Something is down that no mail can do without', content },
  },
});

/** Adds both routes. */
export function addHealth(app: OpenAPIHono, dependencies: ApiDependencies): void {
  const checks = dependencyChecks(dependencies);
  const ask = async (): Promise<Health> => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await check()] as const),
    );
    return overallHealth(Object.fromEntries(results), new Date(dependencies.now()).toISOString());
  };
  const shared = shareAnswers(ask, { forMs: KEEP_MS, keysMax: 1, now: dependencies.now });

  app.openapi(livez, (c) => c.json({ status: 'up' as const }, 200));
  app.openapi(health, async (c) => {
    const answer = await shared('health');
    return answer.status === 'down' ? c.json(answer, 503) : c.json(answer, 200);
  });
}
