import t from 'tap';
import { readClientCredentials } from '../../../src/routes/oauth/credentials.ts';

const id = 'c-1';
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const good = basic(`${id}:secret`);
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const bySecret = { method: 'client_secret', clientId: id, secret: 'secret' };

t.test('a client authenticates by one of three methods, or not at all', (t) => {
  t.strictSame(readClientCredentials(good, {}), bySecret);
  t.strictSame(readClientCredentials(undefined, { client_id: id, client_secret: 'secret' }), bySecret);
  const byKey = { client_assertion: 'a.b.c', client_assertion_type: type };
  t.strictSame(readClientCredentials(undefined, byKey), { method: 'private_key_jwt', assertion: 'a.b.c', clientId: null });
  t.strictSame(readClientCredentials(undefined, { ...byKey, client_id: id }), {
    method: 'private_key_jwt',
    assertion: 'a.b.c',
    clientId: id,
  });
  t.equal(readClientCredentials(undefined, { client_id: id }), null);
  t.end();
});

t.test('two methods at once are refused, however little of the other there is', (t) => {
  for (const [header, form] of [
    [good, { client_secret: 'secret' }],
    [good, { client_assertion: 'a.b.c' }],
    [good, { client_assertion_type: type }],
    [undefined, { client_id: id, client_secret: 'secret', client_assertion: 'a.b.c' }],
    [undefined, { client_id: id, client_secret: 'secret', client_assertion_type: type }],
  ] as const)
    t.throws(() => readClientCredentials(header, form), { code: 'invalid_request', message: /one method only/ }, JSON.stringify(form));
  t.end();
});

t.test('half of a method is refused', (t) => {
  for (const form of [
    { client_secret: 'secret' },
    { client_assertion: 'a.b.c' },
    { client_assertion_type: type },
    { client_assertion: 'a.b.c', client_assertion_type: `${type}x` },
  ])
    t.throws(() => readClientCredentials(undefined, form), { code: 'invalid_request' }, JSON.stringify(form));
  t.end();
});

t.test('a Basic header is one in any case, and nothing but one', (t) => {
  for (const header of [good.replace('Basic', 'basic'), good.replace('Basic', 'BASIC'), good.replace(' ', '  ')])
    t.strictSame(readClientCredentials(header, { client_id: id }), bySecret, header);
  for (const header of [
    `${good} x`,
    `${good},x`,
    ` ${good}`,
    good.replace('Basic', 'Bearer'),
    good.replace(' ', ''),
    'Basic ',
    basic(id),
    basic(`${id}:`),
    basic(':secret'),
    basic('c%1:secret'),
  ])
    t.throws(() => readClientCredentials(header, {}), { code: 'invalid_client' }, header);
  t.throws(() => readClientCredentials(good, { client_id: 'c-2' }), { code: 'invalid_request' }, 'nor two clients');
  t.end();
});
