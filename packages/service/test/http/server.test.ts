import { Socket } from 'node:net';
import t from 'tap';
import { startServer, TOKEN } from './things-server.ts';

t.test('ASVS 2.2.1, 2.2.2: a good request is answered, and the same one spoilt gets 400 with the fault and its place', async (t) => {
  const { server } = await startServer(t);
  t.match(await server.inject({ method: 'POST', url: '/things', payload: { name: 'a' } }), { statusCode: 200 });
  const unknown = await server.inject({ method: 'POST', url: '/things', payload: { name: 'a', roles: ['admin'] } });
  t.equal(unknown.statusCode, 400);
  t.equal(unknown.headers['content-type'], 'application/problem+json');
  t.match(unknown.json(), {
    type: 'urn:countersign:problem:validation_failed',
    status: 400,
    code: 'validation_failed',
    request_id: String,
    errors: [{ path: 'body/roles', message: 'is unknown' }],
  });
  t.match((await server.inject({ method: 'POST', url: '/things', payload: {} })).json(), {
    detail: 'body/name is missing.',
    errors: [{ path: 'body/name', message: 'is missing' }],
  });
  t.equal(
    (await server.inject({ method: 'POST', url: '/things', payload: { id: 1 } })).json().detail,
    'body/name is missing; and 1 more, see errors.',
  );
  for (const payload of [{ name: 1 }, { name: 'too long' }, {}, [], { name: null }]) {
    t.match(await server.inject({ method: 'POST', url: '/things', payload }), { statusCode: 400 }, JSON.stringify(payload));
  }
  t.match((await server.inject('/things/7')).json(), { id: 7 });
  t.match(await server.inject('/things/x'), { statusCode: 400 });
});

t.test(
  'ASVS 16.2.1, 16.2.2, 16.2.4: the log has a line for a request: when, where, who and what, without its query, its headers or a token in its path',
  async (t) => {
    const { server, lines } = await startServer(t);
    await server.inject({ url: `/things/${TOKEN}?token=${TOKEN}`, headers: { authorization: `Bearer ${TOKEN}`, cookie: `a=${TOKEN}` } });
    const line = lines.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'answered');
    t.match(line, {
      level: 'info',
      method: 'GET',
      path: '/things/[removed]',
      status: 400,
      ms: Number,
      ip: '127.0.0.1',
      request_id: String,
    });
    t.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    t.notMatch(lines.join(''), TOKEN);
    await server.inject('/things%zz?password=hunter2');
    t.match(lines.at(-1), '"msg":"refused"');
    t.notMatch(lines.join(''), 'hunter2', 'nor where the URL can’t be read');
  },
);

t.test('whoever does not wait for the answer has an address all the same', async (t) => {
  const { server } = await startServer(t);
  const { promise: address, resolve } = Promise.withResolvers<string>();
  const client = new Socket();
  server.server.on('request', ({ socket }) => {
    socket.once('close', () => resolve(socket.remoteAddress ?? 'none'));
    client.destroy();
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  client.connect(Number(new URL(url).port), '127.0.0.1').write('GET /hangs HTTP/1.1\r\nHost: x\r\n\r\n');
  t.equal(await address, '127.0.0.1');
});
