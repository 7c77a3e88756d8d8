import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { PostgresConnection, Redis, Server } from '@countersign/service';
import { describeStartFault } from '@countersign/service/process';
import type { Environment } from '../service-environment.ts';
import type { Order, Report } from './messages.ts';

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The thread's side. `prepare` opens the database at once, so that those of both services start in parallel; the function that it returns
 * is called when the main thread knows the ports.
 */
export function runInThread(prepare: (dataDir: string) => Promise<(env: Environment) => Promise<Listening>>): void {
  const main = parentPort;
  if (main === null) throw new Error('This file is run as a thread by local/src/main.ts.');
  const report = (message: Report) => main.postMessage(message);
  const prepared = prepare(String(workerData));
  // A failure is reported when the order to start awaits this.
  prepared.catch(() => {});
  let listening: Listening | null = null;

  const obey = async (order: Order) => {
    if (order.kind === 'start') {
      const start = await prepared;
      listening = await start(order.env);
      return report({ kind: 'listening', port: listening.port });
    }
    await listening?.close();
    report({ kind: 'stopped' });
    main.close();
  };
  main.on('message', (order: Order) => {
    obey(order).catch((error: NodeJS.ErrnoException) => report({ kind: 'failed', message: describeStartFault(error), code: error.code }));
  });
}

interface Parts {
  readonly config: { readonly host: string; readonly port: number };
  readonly postgres: PostgresConnection;
  readonly redis: Redis;
}

export async function listen(server: Server, { config, postgres, redis }: Parts): Promise<Listening> {
  await server.listen(config);
  return {
    port: (server.server.address() as AddressInfo).port,
    async close() {
      await server.close();
      redis.disconnect();
      await postgres.close();
    },
  };
}
