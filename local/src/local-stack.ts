import { once } from 'node:events';
import { statSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '@countersign/problems';
import { loadConfig, trackConnections } from '@countersign/service/process';
import { settings as workerSettings } from '@countersign/worker/config';
import { type RunningWorker, startWorker } from '@countersign/worker/start';
import { lockData } from './data-lock.ts';
import { type FirstUsers, makeFirstUsers } from './first-users.ts';
import { createGateway, type UpstreamPorts } from './gateway/gateway.ts';
import { portFault } from './port-fault.ts';
import { writePrivateJson } from './private-file.ts';
import { readSettings } from './read-settings.ts';
import { startRedisStandIn } from './redis-stand-in.ts';
import { loadOrMakeSecrets } from './secrets.ts';
import { type Environment, gatewayOrigin, serviceEnvironment } from './service-environment.ts';
import { SERVICES, type ServiceName } from './services.ts';
import { openServiceThread } from './threads/service-thread.ts';

export interface LocalStack extends Readonly<Record<ServiceName, string>> {
  readonly gateway: string;
  readonly redis: string;
  readonly users: FirstUsers;
  readonly dataDir: string;
  close(): Promise<void>;
}

/**
 * Gateway, auth, books and what they depend on, in one process: it can be killed at any moment and leaves no part of itself running.
 *
 * @throws StartError, ConfigError that say what the person who started it can do
 */
export async function startLocalStack(env: Environment): Promise<LocalStack> {
  const config = readSettings(env);
  const dataDir = await openDataDir(config.dataDir);
  const lock = await lockData(dataDir);
  // A script that waits for the file must not find the previous one.
  await rm(join(dataDir, 'local.json'), { force: true });
  const secrets = await loadOrMakeSecrets(dataDir);

  const ports: UpstreamPorts = {};
  const gateway = createGateway(ports);
  const connections = trackConnections(gateway);
  const gatewayPort = await sayWhichPort('gateway', config.gatewayPort, listen(gateway, config.gatewayPort));
  const threads = SERVICES.map((name) => ({ name, thread: openServiceThread(name, dataDir) }));
  const redis = await sayWhichPort('redis', config.redisPort, startRedisStandIn(config.redisPort));
  const environment = (port: number) => serviceEnvironment(env, { port, gatewayPort, redisUrl: redis.url }, secrets);
  const services = {} as Record<ServiceName, string>;
  // Auth before the others, which fetch its keys when they start, through the gateway like everyone.
  for (const { name, thread } of threads) {
    const port = await thread.start(environment(config[`${name}Port` as const]));
    ports[name] = port;
    services[name] = `http://localhost:${port}`;
  }
  await Promise.all(SERVICES.map((name) => becomesReady(name, services[name])));

  const urls = { gateway: gatewayOrigin(gatewayPort), ...services, redis: redis.url };
  const worker = startWorker(loadConfig(workerSettings, environment(0)));
  const users = await makeFirstUsers(urls.auth, dataDir, secrets);
  await hasImported(worker);
  await writePrivateJson(join(dataDir, 'local.json'), { ...urls, users });
  return {
    ...urls,
    users,
    dataDir,
    async close() {
      await worker.close();
      await connections.beginStop();
      await closeServer(gateway);
      await Promise.all(threads.map(({ thread }) => thread.stop()));
      await redis.close();
      await lock.release();
    },
  };
}

async function openDataDir(folder: string): Promise<string> {
  const dataDir = resolve(folder);
  try {
    await makeFolder(dataDir);
  } catch (error) {
    throw new StartError(`The data folder ${dataDir} can't be created. Set DATA_DIR to choose another one.`, { cause: error });
  }
  return dataDir;
}

/** Not `recursive`, which never ends where the system refuses a folder as if its parent were missing, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

async function listen(gateway: Server, port: number): Promise<number> {
  gateway.listen(port, '127.0.0.1');
  await once(gateway, 'listening');
  return (gateway.address() as AddressInfo).port;
}

async function sayWhichPort<Started>(name: 'gateway' | 'redis', port: number, starting: Promise<Started>): Promise<Started> {
  try {
    return await starting;
  } catch (error) {
    throw portFault(name, port, (error as NodeJS.ErrnoException).code) ?? error;
  }
}

const READY_WITHIN_MS = 30_000;
const IMPORT_WITHIN_MS = 10_000;

async function becomesReady(name: string, url: string): Promise<void> {
  const limit = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
    const words = await answer.text();
    if (answer.ok) return;
    if (performance.now() > limit) throw new Error(`The ${name} service isn't ready after ${READY_WITHIN_MS} ms: ${words}`);
    await sleep(20);
  }
}

/** Waits a while for books to read when the stack reports that it runs; it runs without them, too. */
async function hasImported(worker: RunningWorker): Promise<void> {
  await Promise.race([worker.imported, sleep(IMPORT_WITHIN_MS, undefined, { ref: false })]);
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}
