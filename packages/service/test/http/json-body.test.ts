import { gzipSync } from 'node:zlib';
import t from 'tap';
import { PASSWORD, startServer } from './things-server.ts';

t.test('ASVS 15.3.6: a body that is not what its headers say is refused by name', async (t) => {
  const { server, lines } = await startServer(t);
  const post = (payload: string | undefined, headers: Record<string, string>) =>
    server.inject({ method: 'POST', url: '/things', headers, ...(payload !== undefined && { payload }) });
  const json = { 'content-type': 'application/json' };
  t.match((await post(`{"password":"${PASSWORD}",`, json)).json(), {
    status: 400,
    code: 'validation_failed',
    detail: 'The body is not JSON.',
  });
  for (const body of ['{"__proto__":{"admin":true},"name":"a"}', '{"name":"a","constructor":{"prototype":{}}}'])
    t.match((await post(body, json)).json(), {
      status: 400,
      code: 'validation_failed',
      detail: 'The body has a member __proto__ or constructor.prototype, which would change how programs read it.',
    });
  t.match((await post('name=a', { 'content-type': 'application/x-www-form-urlencoded' })).json(), {
    status: 415,
    code: 'unsupported_media_type',
  });
  t.match((await post('a', { 'content-type': 'text/plain' })).json(), { status: 415, code: 'unsupported_media_type' });
  t.match((await post(JSON.stringify({ name: 'x'.repeat(70_000) }), json)).json(), { status: 413, code: 'payload_too_large' });
  t.match((await post('', json)).json(), { status: 400, code: 'validation_failed' });
  const latin1 = await server.inject({ method: 'POST', url: '/things', headers: json, payload: Buffer.from('{"name":"\xe9"}', 'latin1') });
  t.match(latin1.json(), { status: 400, code: 'validation_failed' }, 'not UTF-8 (RFC 8259, section 8.1)');
  t.equal((await post('{"name":"\xe9\ufffd"}', json)).statusCode, 200, 'UTF-8, with any character');
  t.match((await post(undefined, {})).json(), { status: 400, code: 'validation_failed' });
  t.notMatch(lines.join(''), PASSWORD);
});

t.test('a body that is not UTF-8 is refused, not read as something else', async (t) => {
  const { server } = await startServer(t);
  const post = (name: Buffer) =>
    server.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/json' },
      payload: Buffer.concat([Buffer.from('{"name":"'), name, Buffer.from('"}')]),
    });
  t.match(await post(Buffer.from('\u00fc\ufffd')), { statusCode: 200 });
  for (const bytes of [Buffer.from('\u00fc', 'latin1'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xc0, 0x80])]) {
    t.match(
      (await post(bytes)).json(),
      { status: 400, code: 'validation_failed', detail: 'The body is not UTF-8.' },
      bytes.toString('hex'),
    );
  }
});

t.test('a body that is encoded is refused, with the one encoding that is taken, not read as something else', async (t) => {
  const { server } = await startServer(t);
  const plain = Buffer.from('{"name":"a"}');
  const post = (encoding: string, payload: Buffer) =>
    server.inject({
      method: 'POST',
      url: '/things',
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      payload,
    });
  for (const [encoding, payload] of [
    ['gzip', gzipSync(plain)],
    ['gzip', plain],
    ['identity, br', plain],
  ] as const) {
    const refused = await post(encoding, payload);
    t.match(refused.json(), { status: 415, code: 'unsupported_media_type', detail: /Content-Encoding/ }, encoding);
    t.equal(refused.headers['accept-encoding'], 'identity', 'RFC 9110, section 12.5.3');
  }
  for (const encoding of ['identity', 'Identity', '']) t.equal((await post(encoding, plain)).statusCode, 200, encoding);
  t.equal((await server.inject({ url: '/things/7', headers: { 'content-encoding': 'gzip' } })).statusCode, 200, 'GET has none');
});

t.test('where a body may be missing, an empty one counts as none, with a content type or without, and with an encoding', async (t) => {
  const { server } = await startServer(t);
  for (const url of ['/refresh', '/logout']) {
    for (const type of [null, 'application/json', 'application/x-www-form-urlencoded', 'text/plain;charset=UTF-8']) {
      for (const framing of [{ 'content-length': '0' }, { 'transfer-encoding': 'chunked' }]) {
        const headers = { ...framing, ...(type !== null && { 'content-type': type }) };
        t.match(await server.inject({ method: 'POST', url, headers }), { statusCode: 200 }, `${url} ${JSON.stringify(headers)}`);
      }
    }
    for (const framing of [{}, { 'content-length': '0' }])
      t.match(await server.inject({ method: 'POST', url, headers: { ...framing, 'content-encoding': 'gzip' } }), { statusCode: 200 });
  }
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  t.match(await server.inject({ method: 'POST', url: '/refresh', headers: form, payload: 'refresh_token=x' }), { statusCode: 415 });
  t.match(await server.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: 'x' } }), { statusCode: 200 });
  t.match(await server.inject({ method: 'POST', url: '/refresh', payload: { refresh: 'x' } }), { statusCode: 400 });
});
