import { verifier } from '@countersign/verifier';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import type { Trust } from '../issuer-server.ts';
import { serve, settings } from './serve.ts';

/** A route that reads one row by its key: the same code with and without the verifier in front. */
interface Settings extends Trust {
  readonly databaseUrl: string;
  readonly verified: boolean;
}

const { issuer, audience, jwksUrl, redisUrl, databaseUrl, verified } = settings<Settings>();
const sql = postgres(databaseUrl, { max: 10 });
const server = Fastify();
if (verified) {
  await server.register(verifier, { issuer, audience: [audience], keys: { url: jwksUrl }, revocations: { redis: new Redis(redisUrl) } });
}
server.get<{ Params: { id: string } }>('/books/:id', async ({ params }) => {
  const [book] = await sql`select id, title, author from books where id = ${params.id}`;
  return book;
});
await serve(
  () => server.listen({ port: 0, host: '127.0.0.1' }),
  () => !verified || (server.verifier.keys.notReady() === null && server.verifier.revocations.notReady() === null),
);
