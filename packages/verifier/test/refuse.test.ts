import { Problem } from '@countersign/problems';
import t from 'tap';
import { judgeFreshness, requireFresh } from '../src/guards.ts';
import { refuse } from '../src/refuse.ts';
import { resourceServer } from './resource-server.ts';

t.test('a plain Fastify app answers a refusal with the problem document and the challenge', async (t) => {
  const { app, issuer } = await resourceServer({ resourceMetadata: 'https://api.example/.well-known/oauth-protected-resource/x' });
  const response = await app.inject({ url: '/', headers: { authorization: `Bearer ${issuer.sign({ iss: 'x' })}` } });
  t.equal(response.headers['content-type'], 'application/problem+json');
  t.equal(response.headers['cache-control'], 'no-store');
  t.match(response.json(), { status: 401, code: 'token_invalid', type: 'urn:countersign:problem:token_invalid', request_id: String });
  t.equal(
    response.headers['www-authenticate'],
    'Bearer realm="countersign", error="invalid_token", error_description="The token was issued by another issuer.", ' +
      'resource_metadata="https://api.example/.well-known/oauth-protected-resource/x"',
  );
  const missing = await app.inject({ url: '/' });
  t.notMatch(missing.headers['www-authenticate'], /error=/, 'no error where no token was presented (RFC 6750, section 3.1)');
});

t.test('a refusal that a service throws or returns by itself can be answered as the guards answer theirs', async (t) => {
  const { app, issuer } = await resourceServer();
  app.setErrorHandler((error, request, reply) => (error instanceof Problem ? refuse(request, reply, error) : reply.send(error)));
  app.get('/thrown', { config: { public: true } }, async (request) => {
    await request.jwtVerify();
    return 'ok';
  });
  app.get('/returned', async (request, reply) => {
    const refusal = judgeFreshness(request.user);
    return refusal === null ? 'ok' : refuse(request, reply, refusal);
  });
  app.get('/guarded', { onRequest: requireFresh() }, async () => 'ok');
  app.get('/broken', async () => {
    throw new Error('no Problem');
  });
  const ask = (url: string, token: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } });
  const told = ({ statusCode, headers, json }: Awaited<ReturnType<typeof ask>>) => {
    const { request_id: _, ...document } = json<{ request_id: string; code: string }>();
    return { statusCode, document, type: headers['content-type'], challenge: headers['www-authenticate'] };
  };
  const old = issuer.sign({ auth_time: 1 });
  t.strictSame(told(await ask('/thrown', 'x')), told(await ask('/guarded', 'x')));
  t.strictSame(told(await ask('/returned', old)), told(await ask('/guarded', old)));
  t.equal(told(await ask('/returned', old)).document.code, 'reauthentication_required');
  t.equal((await ask('/thrown', issuer.sign())).statusCode, 200);
  t.equal((await ask('/returned', issuer.sign())).statusCode, 200);
  t.equal((await ask('/broken', issuer.sign())).statusCode, 500);
});
