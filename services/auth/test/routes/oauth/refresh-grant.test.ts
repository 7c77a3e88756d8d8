import { needsReal, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { sessions, signingKeys } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { countWaiting } from '../../count-waiting.ts';
import { startedAuth } from './started-auth.ts';

const auth = await startedAuth(t, { REFRESH_GRACE_SECONDS: '0' });
const refresh = (refresh_token: string, form: Readonly<Record<string, string>> = {}) =>
  auth.post('/oauth/token', { grant_type: 'refresh_token', client_id: 'first-party', refresh_token, ...form });
const invalidGrant = { status: 400, body: { error: 'invalid_grant' } };

t.test('the public client refreshes a person’s session: a new pair, by the rule of /refresh', async (t) => {
  const first = await auth.signIn();
  const { status, headers, body } = await refresh(first.refresh_token);
  t.equal(status, 200);
  t.equal(headers.get('cache-control'), 'no-store');
  t.match(body, {
    token_type: 'Bearer',
    expires_in: 900,
    scope: /^books:read books:write$/,
    refresh_token: /^cs_rt_/,
    refresh_expires_in: 604_800,
  });
  t.not(body.refresh_token, first.refresh_token);
  t.equal(claimsOf(body.access_token).sid, claimsOf(first.access_token).sid);
  t.match(await refresh(String(body.refresh_token)), { status: 200 });
});

t.test('ASVS 10.4.5: reuse of a refresh token ends the session here too', async (t) => {
  const first = await auth.signIn();
  const next = await refresh(first.refresh_token);
  t.match(await auth.me(String(next.body.access_token)), { status: 200 });
  const reused = await refresh(first.refresh_token);
  t.match(reused, invalidGrant);
  t.match(reused.body.error_description, /used/, 'in the words of /refresh');
  t.match(await refresh(String(next.body.refresh_token)), invalidGrant);
  t.match(await auth.me(String(next.body.access_token)), { status: 401 });
});

t.test('scope and resource narrow this one access token, not the session', async (t) => {
  const { refresh_token } = await auth.signIn();
  const narrow = await refresh(refresh_token, { scope: 'books:read', resource: `${auth.issuer}/books` });
  t.match(narrow, { status: 200, body: { scope: /^books:read$/ } });
  t.match(claimsOf(narrow.body.access_token), { scope: /^books:read$/, aud: 'urn:countersign:books' });
  const again = await refresh(String(narrow.body.refresh_token));
  t.match(claimsOf(again.body.access_token), { scope: /^books:read books:write$/, aud: 'urn:countersign:api' });
});

t.test('a request that is refused for its scope or resource uses up no refresh token', async (t) => {
  const { refresh_token } = await auth.signIn();
  for (const scope of ['"', 'admin', 'books:read admin', 'books:read books:delete'])
    t.match(await refresh(refresh_token, { scope }), { status: 400, body: { error: 'invalid_scope' } }, scope);
  t.match(await refresh(refresh_token, { resource: 'https://elsewhere.example' }), { status: 400, body: { error: 'invalid_target' } });
  t.match(await refresh(refresh_token), { status: 200 });
});

t.test('audience narrows as resource does', async (t) => {
  const { refresh_token } = await auth.signIn();
  t.match(await refresh(refresh_token, { audience: 'urn:countersign:nope' }), { status: 400, body: { error: 'invalid_target' } });
  const both = await refresh(refresh_token, { audience: `${auth.issuer}/books`, resource: 'urn:countersign:auth' });
  t.strictSame(claimsOf(both.body.access_token).aud, ['urn:countersign:auth', 'urn:countersign:books']);
  const again = await refresh(String(both.body.refresh_token));
  t.equal(claimsOf(again.body.access_token).aud, 'urn:countersign:api');
});

t.test('what a session can be narrowed to is told to who has its refresh token, and to nobody else', async (t) => {
  const { refresh_token } = await auth.signIn();
  const form = { resource: 'https://elsewhere.example' };
  t.match(await refresh('abc', form), invalidGrant);
  t.match(await refresh(refresh_token, form), { status: 400, body: { error_description: /Held: urn:countersign:api$/ } });
  t.match(await refresh(refresh_token, { scope: 'admin' }), { status: 400, body: { error_description: /Held: books:read books:write$/ } });
  t.match(await refresh(refresh_token), { status: 200 });
});

t.test('a request that is refused for its scope after it has waited for its session uses up no refresh token', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { access_token, refresh_token } = await auth.signIn();
  const id = String(claimsOf(access_token).sid);
  let refused: ReturnType<typeof refresh> | undefined;
  await auth.db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, id)).for('update');
    refused = refresh(refresh_token, { scope: 'admin' });
    await until(async () => (await countWaiting(auth.db, 'select%"sessions"%for update%')) > 0);
  });
  t.match(await refused, { status: 400, body: { error: 'invalid_scope' } });
  const [session] = await auth.db.select().from(sessions).where(eq(sessions.id, id));
  t.equal(session?.generation, 0);
  t.match(await refresh(refresh_token), { status: 200 });
});

t.test('what is no refresh token of this client is invalid_grant, and none is invalid_request', async (t) => {
  const { access_token, refresh_token } = await auth.signIn();
  for (const token of ['abc', access_token, `${refresh_token.slice(0, -1)}!`, `${refresh_token}0`])
    t.match(await refresh(token), invalidGrant);
  t.match(await auth.post('/oauth/token', { grant_type: 'refresh_token', client_id: 'first-party' }), {
    status: 400,
    body: { error: 'invalid_request' },
  });
  const client = await auth.addClient();
  const stolen = await auth.post('/oauth/token', { grant_type: 'refresh_token', refresh_token }, { basic: client });
  t.match(stolen, invalidGrant, 'it is bound to the client that it was issued to');
  t.match(await auth.post('/oauth/token', { grant_type: 'refresh_token', refresh_token }), {
    status: 401,
    body: { error: 'invalid_client' },
  });
  t.match(await refresh(refresh_token), { status: 200 });
});

t.test('the refresh token of a cookie is not taken: there is no cookie to answer with', async (t) => {
  const username = 'cookie-user';
  const password = 'a long enough one';
  const json = (path: string, body: object) =>
    fetch(auth.issuer + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  await json('/register', { username, password });
  const login = await json('/login', { username, password, delivery: 'cookie' });
  const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
  const refreshToken = cookies.find((cookie) => cookie.startsWith('__Secure-refresh='))?.split('=')[1] ?? '';
  t.match(refreshToken, /^cs_rt_/);
  t.match(await refresh(refreshToken), invalidGrant);
  const csrf = cookies.find((cookie) => cookie.startsWith('__Host-csrf='))?.split('=')[1] ?? '';
  const twin = await fetch(`${auth.issuer}/refresh`, { method: 'POST', headers: { cookie: cookies.join('; '), 'x-csrf-token': csrf } });
  t.equal(twin.status, 200);
});

t.test('while nothing can be signed a refresh is to be repeated: the token is not called invalid', async (t) => {
  const { refresh_token } = await auth.signIn();
  const activate = (aheadSeconds: number) =>
    auth.db
      .update(signingKeys)
      .set({ activatedAt: sql`now() + ${aheadSeconds} * interval '1 second'` })
      .where(eq(signingKeys.state, 'active'));
  await activate(60);
  let token = refresh_token;
  const refused = await until(async () => {
    const answer = await refresh(token);
    if (answer.status !== 200) return answer;
    token = String(answer.body.refresh_token);
    return null;
  });
  t.match(refused, { status: 503, body: { error: 'temporarily_unavailable' } });
  await activate(-60);
  const { refresh_token: another } = await until(async () => {
    const answer = await auth.signIn();
    return 'refresh_token' in answer ? answer : null;
  });
  t.match(await refresh(another), { status: 200 });
});
