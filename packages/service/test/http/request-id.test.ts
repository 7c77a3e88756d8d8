import t from 'tap';
import { startServer } from './things-server.ts';

t.test('the request id is the caller’s when it is harmless, else the trace’s, else new', async (t) => {
  const { server } = await startServer(t);
  const idOf = async (headers: Record<string, string>) => (await server.inject({ url: '/things/1', headers })).headers['x-request-id'];
  t.equal(await idOf({ 'x-request-id': 'abc-1' }), 'abc-1');
  t.equal(await idOf({ traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }), '0af7651916cd43dd8448eb211c80319c');
  const noTrace = `00-${'0'.repeat(32)}-b7ad6b7169203331-01`;
  t.match(await idOf({ traceparent: noTrace }), /^[0-9a-f-]{36}$/, 'all zeros are no trace, and would be the id of many requests');
  const trace = '0af7651916cd43dd8448eb211c80319c';
  for (const traceparent of [`cc-${trace}-b7ad6b7169203331-01`, `cc-${trace}-b7ad6b7169203331-01-what-will-be`])
    t.equal(await idOf({ traceparent }), trace, 'a later version is read as far as it is known');
  for (const traceparent of [
    `ff-${trace}-b7ad6b7169203331-01`,
    `00-${trace}-0000000000000000-01`,
    `00-${trace}-b7ad6b7169203331-01-more`,
    `cc-${trace}-b7ad6b7169203331-01.more`,
  ])
    t.match(await idOf({ traceparent }), /^[0-9a-f-]{36}$/, `${traceparent} is invalid`);
  t.match(await idOf({ 'x-request-id': 'a b' }), /^[0-9a-f-]{36}$/);
  t.match(await idOf({ 'x-request-id': 'a'.repeat(65) }), /^[0-9a-f-]{36}$/);
});
