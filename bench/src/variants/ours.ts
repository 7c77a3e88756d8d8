import { generateKeyPairSync, verify } from 'node:crypto';
import { verifier } from '@countersign/verifier';
import Fastify from 'fastify';
import { Redis } from 'ioredis';
import type { Trust } from '../issuer-server.ts';
import { serve, settings } from './serve.ts';

interface Settings extends Trust {
  /** Ids in the list, all known before the first request; 0 when left out. */
  readonly revoked?: number;
}

/** The verifier as a resource service uses it: keys over HTTP, revocations followed in Redis. */
const { issuer, audience, jwksUrl, redisUrl, revoked = 0 } = settings<Settings>();
const server = Fastify();
await server.register(verifier, { issuer, audience, keys: { url: jwksUrl }, revocations: { redis: new Redis(redisUrl) } });
const { keys, revocations } = server.verifier;
server.get('/protected', async () => ({ hello: 'world' }));
server.get('/bare', { config: { public: true } }, async () => ({ hello: 'world' }));

/** The cost of a bad signature without the verifier: parsing, one verification, an answer of the same size. */
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
await serve(
  () => server.listen({ port: 0, host: '127.0.0.1' }),
  () => keys.notReady() === null && revocations.notReady() === null && (revocations.stats?.().size ?? 0) >= revoked,
);
