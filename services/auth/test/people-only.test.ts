import { eq } from 'drizzle-orm';
import t from 'tap';
import { audit } from '../src/stores/schema.ts';
import { claimsOf } from './claims-of.ts';
import { startedAuth } from './routes/oauth/started-auth.ts';

const { db, issuer, post, signIn, addClient } = await startedAuth(t);
const client = await addClient({ audiences: ['urn:countersign:api'] });

const call = async (method: string, path: string, token: string, payload?: object) => {
  const answer = await fetch(issuer + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(payload && { 'content-type': 'application/json' }) },
    ...(payload && { body: JSON.stringify(payload) }),
  });
  const text = await answer.text();
  return { ...(text === '' ? {} : (JSON.parse(text) as { code?: string })), status: answer.status };
};

const ENDPOINTS: [string, string, object?][] = [
  ['GET', '/me'],
  ['GET', '/sessions'],
  ['DELETE', '/sessions'],
  ['DELETE', `/sessions/${'0'.repeat(22)}`],
  ['POST', '/reauthenticate', { password: 'x' }],
  // Who isn't let in learns nothing of what is wrong with the request.
  ['POST', '/password'],
];

t.test('people’s endpoints are for people with a session of their own: neither a client nor who acts for somebody', async (t) => {
  const { access_token: own } = await signIn();
  const clientToken = (await post('/oauth/token', { grant_type: 'client_credentials' }, { basic: client })).body.access_token as string;
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: own,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  };
  const acting = (await post('/oauth/token', exchange, { basic: client })).body.access_token as string;
  for (const [method, path, payload] of ENDPOINTS) {
    for (const token of [clientToken, acting])
      t.match(await call(method, path, token, payload), { status: 403, code: 'forbidden' }, `${method} ${path}`);
    t.not((await call(method, path, own, payload)).code, 'forbidden', `${method} ${path}, its twin`);
  }
  t.match(await call('POST', '/logout', acting), { status: 403, code: 'forbidden' });
  t.equal((await call('GET', '/me', own)).status, 200, 'who acts for somebody has not signed them out');
  t.equal((await call('POST', '/logout', clientToken)).status, 204);
  t.match(await call('GET', '/me', clientToken), { status: 401, code: 'token_revoked' }, 'a client’s token ends alone');
  t.equal((await call('POST', '/logout', clientToken)).status, 204, 'once more');
  const records = await db
    .select()
    .from(audit)
    .where(eq(audit.subject, claimsOf(clientToken).jti));
  t.match(records, [{ event: 'token_revoked', actor: client.id }]);
  t.equal(records.length, 1, 'one record, however often it is signed out');
  const another = (await post('/oauth/token', { grant_type: 'client_credentials' }, { basic: client })).body.access_token as string;
  t.match(await call('GET', '/me', another), { status: 403 });
  t.equal((await call('POST', '/logout', own)).status, 204);
});

t.test('every protected endpoint of people refuses no token at all', async (t) => {
  for (const [method, path] of ENDPOINTS) {
    const answer = await fetch(issuer + path, { method });
    t.equal(answer.status, 401, `${method} ${path}`);
    t.match(answer.headers.get('www-authenticate'), /^Bearer /);
  }
});
