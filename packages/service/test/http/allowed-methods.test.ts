import t from 'tap';
import { createServer, securityHeaders } from '../../src/index.ts';
import { startServer } from './things-server.ts';

t.test('ASVS 4.1.4, 13.4.4: an unknown path is 404, a known one with another method 405 with Allow', async (t) => {
  const { server } = await startServer(t);
  t.match((await server.inject('/nothing')).json(), { status: 404, code: 'not_found' });
  t.match((await server.inject({ method: 'POST', url: '/nothing', payload: 'x', headers: { 'content-type': 'text/weird' } })).json(), {
    status: 404,
  });
  for (const method of ['DELETE', 'PUT', 'TRACE', 'PATCH'] as const) {
    const answer = await server.inject({ method: method as 'DELETE', url: '/things/7?x=1' });
    t.match(answer.json(), { status: 405, code: 'method_not_allowed' }, method);
    t.equal(answer.headers.allow, 'GET, HEAD');
  }
  t.equal((await server.inject({ method: 'GET', url: '/things' })).headers.allow, 'POST');
  t.match(await server.inject({ method: 'OPTIONS', url: '/things' }), { statusCode: 204, headers: { allow: /^POST$/ } });
  t.match(await server.inject({ method: 'HEAD', url: '/things/7' }), { statusCode: 200, body: /^$/ });
  t.match(await server.inject({ method: 'OPTIONS', url: '/nothing' }), { statusCode: 404 });
});

t.test(
  'an OPTIONS request that is no preflight is told the methods of its path, whether or not pages of other origins may call',
  async (t) => {
    const { server } = await startServer(t);
    const open = createServer({ logLevel: 'silent', trustProxy: [] });
    t.teardown(() => open.close());
    await open.register(securityHeaders, { corsOrigins: ['https://app.example'] });
    open.post('/things', async () => ({}));
    for (const service of [server, open]) {
      for (const headers of [{}, { origin: 'https://app.example' }, { 'access-control-request-method': 'POST' }]) {
        const answer = await service.inject({ method: 'OPTIONS', url: '/things', headers });
        t.match(answer, { statusCode: 204, headers: { allow: /^POST$/, 'x-content-type-options': 'nosniff' } });
        t.notOk('access-control-allow-methods' in answer.headers);
        t.match(await service.inject({ method: 'OPTIONS', url: '/nothing', headers }), { statusCode: 404 });
      }
    }
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
    const answer = await open.inject({ method: 'OPTIONS', url: '/things', headers: preflight });
    t.match(answer, { statusCode: 204, headers: { 'access-control-allow-methods': /POST/ } }, 'their twin');
  },
);

t.test('where a path is unknown, or lacks the method, no body is looked at, whatever is wrong with it', async (t) => {
  const { server } = await startServer(t);
  const open = createServer({ logLevel: 'silent', trustProxy: [] });
  t.teardown(() => open.close());
  await open.register(securityHeaders, { corsOrigins: ['https://app.example'] });
  open.get('/things/:id', async () => ({}));
  const json = 'application/json';
  const bodies: [string, string | Buffer][] = [
    [json, '{'],
    [json, '{"__proto__":1}'],
    [json, Buffer.from([0xff, 0xfe])],
    [json, `"${'a'.repeat(70_000)}"`],
    ['text/plain', 'a'.repeat(70_000)],
    ['text/weird', 'a'],
    ['no media type', 'a'],
  ];
  for (const [type, payload] of bodies) {
    const headers = { 'content-type': type, origin: 'https://app.example' };
    for (const service of [server, open]) {
      const unknown = await service.inject({ method: 'POST', url: '/nothing', headers, payload });
      t.match(unknown.json(), { status: 404, code: 'not_found' }, `${type} ${payload.length}`);
      t.match(unknown.headers, { 'x-request-id': String, 'x-content-type-options': 'nosniff' });
      const other = await service.inject({ method: 'POST', url: '/things/1', headers, payload });
      t.match(other.json(), { status: 405, code: 'method_not_allowed' }, `${type} ${payload.length}`);
      t.match(other.headers, { allow: /^GET, HEAD$/, 'x-content-type-options': 'nosniff' });
    }
    t.equal(
      (await open.inject({ method: 'POST', url: '/things/1', headers, payload })).headers['access-control-allow-origin'],
      headers.origin,
    );
  }
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'PUT' };
  t.match(await open.inject({ method: 'OPTIONS', url: '/things/1', headers: preflight }), {
    statusCode: 204,
    headers: { 'access-control-allow-origin': preflight.origin, 'access-control-allow-methods': /PUT/ },
  });
  t.match(await server.inject({ method: 'POST', url: '/things', payload: { name: 'a' } }), { statusCode: 200 }, 'their twin');
});
