import { createAccessTokenSigner, generateSigningKey } from '@countersign/tokens/signing';
import Fastify from 'fastify';
import { serve } from './serve.ts';

const sign = createAccessTokenSigner(await generateSigningKey('bench', 'EdDSA'));
const server = Fastify();
server.get('/sign', async () => {
  const iat = Math.floor(Date.now() / 1000);
  const id = 'AAAAAAAAAAAAAAAAAAAAAA';
  const claims = { iss: 'http://localhost:8080', aud: 'urn:countersign:books', sub: 'bench-client', client_id: 'bench-client' };
  return { access_token: sign({ ...claims, iat, exp: iat + 900, jti: id, scope: 'books:read books:write' }), token_type: 'Bearer' };
});
await serve(() => server.listen({ port: 0, host: '127.0.0.1' }));
