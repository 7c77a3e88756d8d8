import { createRemoteKeys, followRevocations, verifier } from '@countersign/verifier';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { serve, settings } from './serve.ts';

/** The verifier as a resource service uses it: keys by HTTP, revocations followed in Redis. */
const { issuer, audience, jwksUrl, redisUrl } = settings<{ issuer: string; audience: string; jwksUrl: string; redisUrl: string }>();
const server = Fastify();
const keys = createRemoteKeys({ url: jwksUrl });
const revocations = followRevocations({ redis: new Redis(redisUrl) });

await server.register(verifier, { issuer, audience: [audience], keys, revocations });
server.get('/protected', async () => ({ hello: 'world' }));
server.get('/bare', { config: { public: true } }, async () => ({ hello: 'world' }));
server.get('/ready', { config: { public: true } }, async (_request, reply) =>
  reply.code(revocations.notReady() === null && keys.notReady() === null ? 200 : 503).send({ revoked: revocations.stats().size }),
);
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
