import Fastify from 'fastify';
import { serve } from './serve.ts';

const server = Fastify();
server.get('/protected', async () => ({ hello: 'world' }));
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
