import { createMetrics, createServer, type Database } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { holdToDocument, type Owner, testDatabase } from '@countersign/testing';
import { createAuthStandIn } from '@countersign/verifier/testing';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApp } from '../src/app.ts';
import { settings } from '../src/config.ts';
import { migrations } from '../src/migrations.ts';

interface Call extends Pick<InjectOptions, 'payload' | 'headers' | 'query'> {
  /** The token's scope; `null` sends no token. All scopes when left out. */
  readonly scope?: string | null;
}

export type BooksApp = Awaited<ReturnType<typeof startBooksApp>>;

/** The service on a database, the test's own when left out, with an auth that signs what the test asks for. */
export async function startBooksApp(t: Owner, env: Record<string, string> = {}, given?: Database) {
  holdToDocument(t);
  const db = given ?? (await testDatabase(t, { migrations })).db;
  const auth = createAuthStandIn();
  const { issuer, keys, revocations } = auth.options;
  const required = { ISSUER: issuer, DATABASE_URL: 'postgres://none/none', REDIS_URL: 'redis://none', LOG_LEVEL: 'silent' };
  const config = loadConfig(settings, { ...required, ...env });
  const server = await createApp({
    server: createServer(config),
    config,
    db,
    keys,
    revocations,
    metrics: createMetrics(),
  });
  t.teardown(() => server.close());

  const call = (method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS') => {
    return (
      url: string,
      { scope = 'books:read books:write books:delete', headers, ...rest }: Call = {},
    ): Promise<LightMyRequestResponse> => {
      const authorization = scope === null ? {} : { authorization: `Bearer ${auth.token({ scope })}` };
      return server.inject({ method, url, headers: { ...authorization, ...headers }, ...rest });
    };
  };
  return {
    db,
    auth,
    server,
    get: call('GET'),
    head: call('HEAD'),
    post: call('POST'),
    put: call('PUT'),
    patch: call('PATCH'),
    delete: call('DELETE'),
    options: call('OPTIONS'),
  };
}
