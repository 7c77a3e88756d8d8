import type { AddressInfo } from 'node:net';
import express from 'express';
import { expressjwt } from 'express-jwt';
import { serve, settings } from './serve.ts';

/** express with its most used JWT middleware, which doesn't support EdDSA: its tokens are ES256. */
const { publicKeyPem } = settings<{ publicKeyPem: string }>();
const server = express();
server.use(expressjwt({ secret: publicKeyPem, algorithms: ['ES256'] }));
server.get('/protected', (_request, response) => {
  response.json({ hello: 'world' });
});
await serve(
  () =>
    new Promise((resolve) => {
      const listening = server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`));
    }),
);
