import Fastify from 'fastify';
import { Redis } from 'ioredis';
import { serve, settings } from './serve.ts';

/** No JWT: the token is a session's id, which every request looks up in Redis. */
const { redisUrl } = settings<{ redisUrl: string }>();
const redis = new Redis(redisUrl);
const server = Fastify();

server.addHook('onRequest', async (request, reply) => {
  const id = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const session = await redis.get(`session:${id.slice(-43)}`);
  if (session === null) return reply.code(401).send({ error: 'no session' });
  JSON.parse(session);
  return undefined;
});
server.get('/protected', async () => ({ hello: 'world' }));
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
