/** `GET /domains`: bucket and queue URL of each served domain, and which of them are missing. Asked every 5 s at most. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { shareAnswers } from './answer-sharing.ts';
import type { ApiDependencies } from './dependencies.ts';
import { bucketFacts, type DomainFacts, queueFacts } from './domain-facts.ts';

const KEEP_MS = 5_000;
/** AWS that takes longer is told as `unknown`. */
const LIMIT_MS = 3_000;

const factSchema = z.object({
  name: z.string(),
  state: z.enum(['there', 'missing', 'refused', 'unknown']),
  url: z.string().optional().openapi({ description: 'Of a queue that is there' }),
  detail: z.string().optional(),
});

const domainsSchema = z
  .object({
    items: z.array(z.object({ domain: z.string(), bucket: factSchema, queue: factSchema })),
    next: z.null(),
    missing: z.array(z.string()).openapi({ description: 'Names of the queues and buckets that are missing' }),
  })
  .openapi('Domains');

const route = createRoute({
  method: 'get',
  path: '/domains',
  tags: ['Health'],
  summary: 'Bucket and queue of each served domain',
  responses: {
    200: { description: 'All served domains', content: { 'application/json': { schema: domainsSchema } } },
  },
});

/** Adds the route. */
export function addDomains(app: OpenAPIHono, { config, aws, now }: ApiDependencies): void {
  const ask = async (): Promise<z.infer<typeof domainsSchema>> => {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const [buckets, queues] = await Promise.all([
      bucketFacts(config, aws, signal),
      queueFacts(config, aws, signal),
    ]);
    const items: DomainFacts[] = config.domains.map((domain, index) => ({
      domain,
      bucket: buckets[index]!,
      queue: queues[index]!,
    }));
    const missing = [...buckets, ...queues]
      .filter((fact) => fact.state === 'missing')
      .map((fact) => fact.name);
    return { items, next: null, missing };
  };
  const shared = shareAnswers(ask, { forMs: KEEP_MS, keysMax: 1, now });
  app.openapi(route, async (c) => c.json(await shared('domains'), 200));
}
