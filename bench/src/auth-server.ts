import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort, startProcess, startRedis } from '@countersign/testing';
import type { BenchContext } from './figure.ts';
import type { Server } from './load.ts';
import { createDatabase } from './postgres.ts';
import { expectAnswer } from './send.ts';

/** The auth service as it runs in production, on the bench's own database and Redis. */
export interface AuthServer extends Server {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly client: { readonly id: string; readonly secret: string };
  clientToken(): Promise<string>;
  revoke(token: string): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../services/auth/src/main.ts', import.meta.url));

export async function startAuthServer(context: BenchContext, settings: Readonly<Record<string, string>> = {}): Promise<AuthServer> {
  const databaseUrl = await createDatabase(context.postgresUrl);
  const { url: redisUrl } = await startRedis({ teardown: context.teardown });
  const url = `http://127.0.0.1:${await freePort()}`;
  const client = { id: 'bench-client', secret: randomBytes(32).toString('base64url') };
  const secret = () => randomBytes(32).toString('base64');
  const auth = await startProcess({ teardown: context.teardown }, MAIN, {
    readyUrl: `${url}/readyz`,
    env: {
      PORT: new URL(url).port,
      ISSUER: url,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      KEY_ENCRYPTION_KEY: secret(),
      REFRESH_TOKEN_SECRET: secret(),
      WORKER_CLIENT_ID: client.id,
      WORKER_CLIENT_SECRET: client.secret,
      LOGIN_ATTEMPTS_PER_ADDRESS: '1000000',
      LOG_LEVEL: 'warn',
      ...settings,
    },
  });
  context.teardown(async () => void (await auth.stop()));
  const headers = { authorization: basicOf(client), 'content-type': 'application/x-www-form-urlencoded' };
  const post = (path: string, form: Record<string, string>) =>
    expectAnswer(200, 'POST', url + path, headers, new URLSearchParams(form).toString());
  return {
    name: 'auth',
    url,
    cpuMicroseconds: () => cpuMicrosecondsOf(auth.pid),
    databaseUrl,
    redisUrl,
    client,
    clientToken: async () => {
      const { access_token } = JSON.parse(await post('/oauth/token', { grant_type: 'client_credentials' })) as { access_token: string };
      return access_token;
    },
    revoke: async (token) => void (await post('/oauth/revoke', { token })),
  };
}

/** The `Authorization` header of a client (RFC 7617). */
export function basicOf({ id, secret }: AuthServer['client']): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

/** User and system time of a process and all its threads (proc(5)), in clock ticks of 10 ms. */
async function cpuMicrosecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
