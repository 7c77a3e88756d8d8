import fastifyCookie from '@fastify/cookie';
import fastifySession, { type SessionStore } from '@fastify/session';
import Fastify, { type Session } from 'fastify';
import { Redis } from 'ioredis';
import { serve, settings } from './serve.ts';

declare module 'fastify' {
  interface Session {
    user?: object;
  }
}

/** @fastify/session over Redis, as lean as can be configured: no session for strangers, no write after the sign-in. */
const { redisUrl } = settings<{ redisUrl: string }>();
const redis = new Redis(redisUrl);
const store: SessionStore = {
  get(id, done) {
    redis.get(`sess:${id}`).then((session) => done(null, session === null ? null : (JSON.parse(session) as Session)), done);
  },
  set(id, session, done) {
    redis.set(`sess:${id}`, JSON.stringify(session), 'EX', 3600).then(() => done(), done);
  },
  destroy(id, done) {
    redis.del(`sess:${id}`).then(() => done(), done);
  },
};
const server = Fastify();
await server.register(fastifyCookie);
await server.register(fastifySession, {
  secret: 'the secret of a bench, which nobody else has',
  store,
  cookie: { secure: false },
  saveUninitialized: false,
  rolling: false,
});
server.post('/login', async (request) => {
  request.session.user = { name: 'bench', roles: ['member'] };
  return {};
});
server.get('/protected', async ({ session }, reply) => {
  if (session.user === undefined) return reply.code(401).send({ error: 'no session' });
  return { hello: 'world' };
});
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
