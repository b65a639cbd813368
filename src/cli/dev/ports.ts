/**
 * Looks at every port before anything is started, so that a taken one costs a sentence and not half a start.
 * Says which port, what wanted it, and which variable moves it.
 */
import { createServer } from 'node:net';

export type WantedPort = { port: number; host: string; what: string; variable: string };

/** Code of the failed attempt to listen, or undefined when the port is free. */
function listenProblem(port: number, host: string): Promise<string | undefined> {
  return new Promise((answer) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => answer(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => answer(undefined)));
  });
}

function sentence({ port, host, what, variable }: WantedPort, code: string): string {
  const place = `Port ${port} of ${host}, wanted by ${what},`;
  if (code === 'EADDRINUSE')
    return `${place} is taken: stop what listens there, or choose another with ${variable}=…`;
  if (code === 'EACCES')
    return `${place} may not be opened by this user: choose one above 1023 with ${variable}=…`;
  return `${place} cannot be opened (${code}): choose another with ${variable}=…`;
}

/** One sentence for each port that cannot be had; empty when all are free. Ports wanted twice count as taken. */
export async function portProblems(wanted: WantedPort[]): Promise<string[]> {
  const problems: string[] = [];
  const seen = new Map<number, WantedPort>();
  for (const one of wanted) {
    const twin = seen.get(one.port);
    seen.set(one.port, one);
    if (twin !== undefined) {
      problems.push(
        `Port ${one.port} is wanted by ${twin.what} and by ${one.what}: ` +
          `give one of them another with ${twin.variable}=… or ${one.variable}=…`,
      );
      continue;
    }
    const code = await listenProblem(one.port, one.host);
    if (code !== undefined) problems.push(sentence(one, code));
  }
  return problems;
}
