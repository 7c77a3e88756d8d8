import { randomBytes } from 'node:crypto';
import { loadConfig } from '@countersign/service/process';
import { type Database, freePort, holdToDocument, type Owner, testDatabase, testRedis } from '@countersign/testing';
import { settings } from '../../../src/config.ts';
import { createClientId, type NewClient } from '../../../src/domain/clients/client.ts';
import { createClientSecret } from '../../../src/domain/clients/client-secret.ts';
import { digestSecret } from '../../../src/domain/random-secret.ts';
import { migrations } from '../../../src/migrations.ts';
import { startAuth } from '../../../src/start.ts';
import { createClients } from '../../../src/stores/clients.postgres.ts';

export interface StartedAuth {
  readonly issuer: string;
  readonly db: Database;
  /** The lines of the log so far; there are none unless `LOG_LEVEL` is set. */
  readonly log: readonly string[];
  post(path: string, form: Form, options?: { basic?: TestClient; headers?: Record<string, string> }): Promise<Answer>;
  /** A client with a secret, who may read and write books where nothing else is said. */
  addClient(changes?: Partial<NewClient>): Promise<TestClient>;
  /** A new user's tokens. */
  signIn(login?: Readonly<Record<string, unknown>>): Promise<{ access_token: string; refresh_token: string }>;
  /** The status and body of `GET /me`. */
  me(accessToken: string): Promise<Answer>;
}

export interface TestClient {
  readonly id: string;
  readonly secret: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

type Form = string | Readonly<Record<string, string>>;

/** The whole service, listening on a port of its own, for clients that speak HTTP; on a database of its own unless one is given. */
export async function startedAuth(
  owner: Owner,
  environment: Readonly<Record<string, string>> = {},
  given: Database | null = null,
): Promise<StartedAuth> {
  holdToDocument(owner);
  const db = given ?? (await testDatabase(owner, { migrations })).db;
  const { redis } = await testRedis(owner);
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const config = loadConfig(settings, {
    ISSUER: issuer,
    PORT: String(port),
    DATABASE_URL: 'postgres://connected/already',
    REDIS_URL: 'redis://connected',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    REFRESH_TOKEN_SECRET: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'silent',
    ...environment,
  });
  const log: string[] = [];
  const server = await startAuth({ config, db, redis, logStream: { write: (line) => log.push(line) } });
  owner.teardown(() => server.close());
  await server.listen(config);
  const clients = createClients(db);

  const send = async (path: string, init: RequestInit) => answerOf(await fetch(issuer + path, init));
  const postJson = (path: string, body: unknown) =>
    send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  return {
    issuer,
    db,
    log,
    post: (path, form, { basic, headers = {} } = {}) =>
      send(path, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...(basic && { authorization: `Basic ${Buffer.from(`${basic.id}:${basic.secret}`).toString('base64')}` }),
          ...headers,
        },
        body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      }),
    async addClient(changes = {}) {
      const [id, secret] = [createClientId(), createClientSecret()];
      const client: NewClient = {
        id,
        name: 'a client',
        authMethod: 'client_secret',
        scopes: ['books:read', 'books:write'],
        audiences: ['urn:countersign:books'],
        jwks: null,
        ...changes,
      };
      await clients.insert(db, client);
      if (client.authMethod === 'client_secret') await clients.addSecret(db, client.id, digestSecret(secret), { revokeOld: true });
      return { id: client.id, secret };
    },
    async signIn(login = {}) {
      const username = `user-${randomBytes(6).toString('hex')}`;
      const password = randomBytes(12).toString('hex');
      await postJson('/register', { username, password });
      const { body } = await postJson('/login', { username, password, ...login });
      return body as { access_token: string; refresh_token: string };
    },
    me: (accessToken) => send('/me', { headers: { authorization: `Bearer ${accessToken}` } }),
  };
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>);
  return { status: response.status, headers: response.headers, body };
}
