import fastifyJwt from '@fastify/jwt';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { serve, settings } from './serve.ts';

/** @fastify/jwt as its README shows it; with `exists`, each request asks a blocklist in Redis, as its users do. */
const { publicKeyPem, cache, exists, redisUrl } = settings<{ publicKeyPem: string; cache: boolean; exists: boolean; redisUrl: string }>();
const redis = exists ? new Redis(redisUrl) : null;
const server = Fastify();

await server.register(fastifyJwt, { secret: { private: '', public: publicKeyPem }, verify: { algorithms: ['EdDSA'], cache } });

server.addHook('onRequest', async (request, reply) => {
  const { jti } = await request.jwtVerify<{ jti: string }>();
  if (redis !== null && (await redis.exists(`revoked:${jti}`)) === 1) return reply.code(401).send({ error: 'revoked' });
  return undefined;
});
server.get('/protected', async () => ({ hello: 'world' }));
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
