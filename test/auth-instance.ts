import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Owner, type StartedProcess, startProcess } from '@countersign/testing';
import { AUTH_MAIN } from './services.ts';

/** One process of auth, which can be ended and started again, with other settings if need be, on the same port. */
export interface AuthInstance {
  readonly origin: string;
  /** True from before the signal to end until it is ready again. */
  isDown(): boolean;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Stops it, unless it has ended, and starts it with these settings on top of its first ones. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
}

export async function startAuthInstance(t: Owner, port: number, env: Readonly<Record<string, string>>): Promise<AuthInstance> {
  const origin = `http://127.0.0.1:${port}`;
  const start = (more: Readonly<Record<string, string>>): Promise<StartedProcess> =>
    startProcess(t, AUTH_MAIN, { env: { ...env, PORT: String(port), ...more }, readyUrl: `${origin}/readyz` });
  let running = await start({});
  let isDown = false;
  return {
    origin,
    isDown: () => isDown,
    async kill() {
      isDown = true;
      running.signal('SIGKILL');
      await running.exit;
    },
    async restart(more = {}) {
      isDown = true;
      await running.stop();
      running = await start(more);
      isDown = false;
    },
  };
}

/**
 * Serves the JWKS like a gateway: from one instance after the other, skipping the one that is down.
 *
 * @returns its URL
 */
export async function balanceJwks(t: Owner, instances: readonly [AuthInstance, AuthInstance]): Promise<string> {
  let turn = 0;
  const server = createServer((request, response) => {
    turn += 1;
    const up = instances.filter((instance) => !instance.isDown());
    const { origin } = up[turn % up.length] ?? instances[0];
    const { 'cache-control': cacheControl } = request.headers;
    fetch(`${origin}/.well-known/jwks.json`, { headers: cacheControl === undefined ? {} : { 'cache-control': cacheControl } })
      .then(async (answer) => {
        const body = await answer.text();
        response.writeHead(answer.status, { 'cache-control': answer.headers.get('cache-control') ?? '' }).end(body);
      })
      .catch(() => response.writeHead(502).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
