import t from 'tap';
import { Type } from 'typebox';
import { createServer } from '../../src/http/server.ts';

const server = createServer({ logLevel: 'silent', trustProxy: [] });
const querystring = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }), all: Type.Optional(Type.Boolean()), q: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
server.get('/things', { schema: { querystring } }, async ({ query }) => query);
server.get('/things/:number', { schema: { params: Type.Object({ number: Type.Integer() }) } }, async ({ params }) => params);
server.post('/things', { schema: { body: querystring } }, async ({ body }) => body);

t.test('a number in a query is read in the one spelling that we would write', async (t) => {
  for (const [text, limit] of Object.entries({ 1: 1, 5: 5, 100: 100 })) {
    const answer = await server.inject(`/things?limit=${text}`);
    t.strictSame([answer.statusCode, answer.json()], [200, { limit }]);
  }
  for (const text of [
    '0x10',
    '1e1',
    '%205',
    '5%20',
    '+5',
    '05',
    '5.0',
    '5.',
    '',
    'NaN',
    'Infinity',
    'true',
    'null',
    '-0',
    '٥',
    '1&limit=2',
    '12345678901234567',
  ]) {
    const answer = await server.inject(`/things?limit=${text}`);
    t.match([answer.statusCode, answer.json()], [400, { code: 'validation_failed', errors: [{ path: 'querystring/limit' }] }], text);
  }
  t.match((await server.inject('/things?limit=101')).json().errors, [{ message: 'must be <= 100' }], 'a number out of range is told so');
  t.strictSame((await server.inject('/things')).json(), { limit: 20 }, 'without one the default holds');
});

t.test('a number in a path is read in that one spelling, too', async (t) => {
  t.strictSame((await server.inject('/things/-7')).json(), { number: -7 });
  t.equal((await server.inject('/things/0x7')).statusCode, 400);
});

t.test('a boolean in a query is true or false, and a text stays what it is', async (t) => {
  t.strictSame((await server.inject('/things?all=true&q=5')).json(), { limit: 20, all: true, q: '5' });
  t.strictSame((await server.inject('/things?all=false')).json(), { limit: 20, all: false });
  for (const text of ['1', '0', 'TRUE', '']) t.equal((await server.inject(`/things?all=${text}`)).statusCode, 400, text);
});

t.test('in a body nothing is turned into anything', async (t) => {
  t.strictSame((await server.inject({ method: 'POST', url: '/things', payload: { limit: 5 } })).json(), { limit: 5 });
  t.equal((await server.inject({ method: 'POST', url: '/things', payload: { limit: '5' } })).statusCode, 400);
});
