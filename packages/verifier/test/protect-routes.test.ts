import Fastify from 'fastify';
import t from 'tap';
import { createAuthStandIn } from '../src/testing.ts';
import { verifier } from '../src/verifier.ts';

t.test('a refusal is answered even where the app has set a header that can’t be sent: no stranger can end the process', async (t) => {
  const auth = createAuthStandIn();
  const app = Fastify();
  app.addHook('onRequest', async (request, reply) => void reply.header('x-lang', (request.query as { lang?: string }).lang ?? 'en'));
  await app.register(verifier, { ...auth.options, audience: 'urn:countersign:api' });
  app.get('/', async () => 'ok');
  const ask = async (lang: string, token: string) =>
    (await app.inject({ url: '/', query: { lang }, headers: { authorization: `Bearer ${token}` } })).statusCode;
  for (const token of ['nonsense', auth.token({ aud: 'another' }), createAuthStandIn().token()]) t.equal(await ask('€', token), 401);
  t.equal(await ask('de', auth.token()), 200);
});
