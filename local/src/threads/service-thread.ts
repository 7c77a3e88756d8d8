import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StartError } from '@countersign/problems';
import { portFault } from '../port-fault.ts';
import type { Environment } from '../service-environment.ts';
import type { ServiceName } from '../services.ts';
import type { Order, Report } from './messages.ts';

/**
 * A service in its own thread. It shares no memory and no event loop with the rest, so a busy service doesn't hold up the other, and both
 * end with the process, however that ends.
 */
export interface ServiceThread {
  start(env: Environment): Promise<number>;
  stop(): Promise<void>;
}

export function openServiceThread(name: ServiceName, dataDir: string): ServiceThread {
  const thread = new Worker(new URL(`./${name}.thread.ts`, import.meta.url), { workerData: dataDir, name });
  const order = (message: Order) => thread.postMessage(message);
  return {
    async start(env) {
      order({ kind: 'start', env });
      const report = await nextReport(thread);
      if (report.kind === 'listening') return report.port;
      const { message, code } = report.kind === 'failed' ? report : { message: 'it stopped', code: undefined };
      throw portFault(name, Number(env.PORT), code) ?? new StartError(`The ${name} service did not start: ${message}`);
    },
    async stop() {
      const gone = once(thread, 'exit');
      order({ kind: 'stop' });
      await gone;
    },
  };
}

async function nextReport(thread: Worker): Promise<Report> {
  const [report] = (await once(thread, 'message')) as [Report];
  return report;
}
