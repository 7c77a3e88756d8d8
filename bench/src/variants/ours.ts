import { generateKeyPairSync, verify } from 'node:crypto';
import { createRemoteKeys, followRevocations, verifier } from '@countersign/verifier';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { serve, settings } from './serve.ts';

/** The verifier as a resource service uses it: keys over HTTP, revocations followed in Redis. */
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

/** The cost of a bad signature, without the verifier: parsing, one verification, an answer of the same size. */
const other = generateKeyPairSync('ed25519').publicKey;
const refusal = JSON.stringify({
  type: 'about:blank',
  title: 'The token is not valid here.',
  status: 401,
  detail: 'The signature is not valid.',
});
server.get('/costs-a-verification', { config: { public: true } }, async (request, reply) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const [header = '', payload = '', signature = ''] = token.split('.');
  JSON.parse(Buffer.from(header, 'base64url').toString());
  JSON.parse(Buffer.from(payload, 'base64url').toString());
  verify(null, Buffer.from(`${header}.${payload}`), other, Buffer.from(signature, 'base64url'));
  return reply.code(401).type('application/problem+json').send(refusal);
});
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
