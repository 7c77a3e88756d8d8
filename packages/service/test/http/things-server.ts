import { Problem } from '@countersign/problems';
import type { Test } from 'tap';
import { Type } from 'typebox';
import type { ServerOptions } from '../../src/http/server.ts';
import { createServer, securityHeaders } from '../../src/index.ts';

export const PASSWORD = 'correct horse battery';
export const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';

/** A server with a route for each thing that the tests send, and what it logs. */
export async function startServer(t: Test, options: Partial<ServerOptions> = {}) {
  const lines: string[] = [];
  const server = createServer({ logLevel: 'info', trustProxy: [], logStream: { write: (line) => lines.push(line) }, ...options });
  t.teardown(() => server.close());
  await server.register(securityHeaders, { corsOrigins: [] });
  const body = Type.Object(
    { name: Type.String({ maxLength: 5 }), password: Type.Optional(Type.String()) },
    { additionalProperties: false },
  );
  server.get('/things/:id', { schema: { params: Type.Object({ id: Type.Integer() }) } }, async ({ params }) => params);
  server.post('/things', { schema: { body } }, async () => ({ made: true }));
  server.post(
    '/refresh',
    { schema: { body: Type.Union([Type.Object({ refresh_token: Type.String() }, { additionalProperties: false }), Type.Null()]) } },
    async () => ({ refreshed: true }),
  );
  server.post('/logout', async () => ({ ended: true }));
  server.get('/fails', async () => {
    throw Object.assign(new Error(`Failed query: insert\nparams: ${PASSWORD}`), { params: [PASSWORD], cause: new Error(`about ${TOKEN}`) });
  });
  server.get('/hangs', async () => new Promise(() => {}));
  server.get('/teapot', async () => {
    throw new Problem('conflict', { detail: 'Taken.' });
  });
  server.get('/stale', async () => {
    throw new Problem('revocation_unavailable');
  });
  await server.ready();
  return { server, lines };
}
