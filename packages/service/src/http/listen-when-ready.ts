import { setTimeout as pause } from 'node:timers/promises';
import { StartError } from '@countersign/problems';
import type { Server } from './server.ts';

/** Normally the list of revocations is read within a second. Whatever takes longer may take hours. */
const LONGEST_WAIT_MS = 2000;
const ASK_EVERY_MS = 50;

/**
 * Listens once `/readyz` would answer 200; a request to it would be counted in the metrics. A gateway that doesn't poll it, such as nginx,
 * sends requests as soon as it can connect, and a restarted instance would answer the first of them with 503. While Redis or auth is down
 * the service listens after 2 s regardless.
 */
export async function listenWhenReady(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const untilMs = performance.now() + LONGEST_WAIT_MS;
  await server.ready();
  while ((await server.findNotReady()) !== null && performance.now() < untilMs) await pause(ASK_EVERY_MS);
  await server.listen({ host, port }).catch((cause: unknown) => {
    if (!isUnknownName(cause)) throw cause;
    throw new StartError(`HOST=${host} does not resolve to an address. Set it to an address of this machine, e.g. 127.0.0.1 or 0.0.0.0.`, {
      cause,
    });
  });
}

/** Only here is this the fault of HOST: elsewhere it could be the name of a database that has gone away. */
function isUnknownName(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo';
}
