/**
 * Stands between the AWS SDK and the emulator, and keeps chosen calls from arriving: for ever, or failed. Every
 * other call passes as it is.
 */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to do with a call: let it pass, never answer it, or answer 503. */
export type Fate = 'pass' | 'hold' | 'fail';

export type AwsFront = Awaited<ReturnType<typeof openAwsFront>>;

/** `decide` sees the `x-amz-target` header (such as `AmazonSQS.DeleteMessageBatch`) or, for S3, method and path. */
export async function openAwsFront(endpoint: string, decide: (call: string) => Fate) {
  const target = new URL(endpoint);
  const calls: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const call = String(incoming.headers['x-amz-target'] ?? `${incoming.method} ${incoming.url}`);
    calls.push(call);
    const fate = decide(call);
    if (fate === 'hold') return;
    if (fate === 'fail') {
      incoming.resume();
      outgoing.writeHead(503, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end('{"__type":"ServiceUnavailable","message":"the test says so"}');
      return;
    }
    const passed = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
