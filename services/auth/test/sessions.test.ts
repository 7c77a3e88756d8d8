import { sql } from 'drizzle-orm';
import t from 'tap';
import { sessions } from '../src/stores/schema.ts';
import { testAuth } from './test-auth.ts';

const { app, database } = await testAuth(t);
const { db } = database;

let people = 0;

async function signUp() {
  people += 1;
  const credentials = { username: `person${people}`, password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload: credentials });
  return credentials;
}

async function signIn(credentials: { username: string; password: string }, userAgent = 'tests') {
  const answer = await app.inject({ method: 'POST', url: '/login', payload: credentials, headers: { 'user-agent': userAgent } });
  const tokens = answer.json<{ access_token: string; refresh_token: string }>();
  const me = (await call('GET', '/me', tokens.access_token)).json<{ session_id: string; id: string }>();
  return { ...tokens, sid: me.session_id, userId: me.id };
}

const call = (method: 'GET' | 'POST' | 'DELETE', url: string, token: string, payload?: object) =>
  app.inject({ method, url, headers: { authorization: `Bearer ${token}` }, ...(payload && { payload }) });

const statusOfMe = async (token: string) => (await call('GET', '/me', token)).statusCode;

/** A token whose `auth_time` is long ago: signed at a refresh, which doesn't move it. */
async function stale(session: { sid: string; refresh_token: string }): Promise<string> {
  await db.update(sessions).set({ authTime: sql`now() - interval '6 minutes'` }).where(sql`${sessions.id} = ${session.sid}`);
  return (await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: session.refresh_token } })).json().access_token;
}

t.test('ASVS 7.5.2: the list shows one’s own live sessions, and which one asks', async (t) => {
  const ada = await signUp();
  const phone = await signIn(ada, 'Phone/1');
  const laptop = await signIn(ada, 'Laptop/1');
  await signIn(await signUp());
  const ended = await signIn(ada);
  await call('POST', '/logout', ended.access_token);
  for (const end of ['idle_expires_at', 'expires_at'])
    await db.execute(sql`update ${sessions} set ${sql.identifier(end)} = now() where ${sessions.id} = ${(await signIn(ada)).sid}`);
  const [createdAt, lastUsedAt] = [new Date('2026-11-01T10:00:00Z'), new Date('2026-11-02T10:00:00Z')];
  await db.update(sessions).set({ createdAt, lastUsedAt }).where(sql`${sessions.id} = ${phone.sid}`);
  const list = (await call('GET', '/sessions', laptop.access_token)).json<{ id: string; current: boolean; user_agent: string }[]>();
  t.strictSame(
    list.map(({ id, current, user_agent }) => [id, current, user_agent]),
    [
      [laptop.sid, true, 'Laptop/1'],
      [phone.sid, false, 'Phone/1'],
    ],
  );
  t.match(list[0], { created_at: /^\d{4}-\d\d-\d\dT.*Z$/, last_used_at: /Z$/, ip: '127.0.0.1' });
  t.match(list[1], { created_at: createdAt.toISOString(), last_used_at: lastUsedAt.toISOString() });
});

t.test('ASVS 7.5.2, 7.5.3: ending another session needs a fresh proof of the password; one’s own does not', async (t) => {
  const ada = await signUp();
  const phone = await signIn(ada);
  const laptop = await signIn(ada);
  const token = await stale(laptop);
  const refused = await call('DELETE', `/sessions/${phone.sid}`, token);
  t.match(refused.json(), { status: 401, code: 'reauthentication_required' });
  t.match(refused.headers['www-authenticate'], /insufficient_user_authentication.*max_age=300/);
  t.match((await call('DELETE', '/sessions', token)).json(), { status: 401, code: 'reauthentication_required' });

  const fresh = (await call('POST', '/reauthenticate', token, { password: ada.password })).json();
  t.strictSame(Object.keys(fresh).toSorted(), ['access_token', 'expires_in', 'scope', 'token_type']);
  t.equal(await statusOfMe(token), 401, 'the token before it is revoked');
  t.equal((await call('DELETE', `/sessions/${phone.sid}`, fresh.access_token)).statusCode, 204);
  t.equal(await statusOfMe(phone.access_token), 401);
  t.match((await call('DELETE', `/sessions/${phone.sid}`, fresh.access_token)).json(), { status: 404, code: 'not_found' }, 'it has ended');
  const staleAgain = await stale(laptop);
  t.equal((await call('DELETE', `/sessions/${laptop.sid}`, staleAgain)).statusCode, 204);
  t.equal(await statusOfMe(fresh.access_token), 401);
});

t.test('ASVS 8.2.2: somebody else’s session is not found, as one that does not exist', async (t) => {
  const ada = await signIn(await signUp());
  const bob = await signIn(await signUp());
  for (const id of [bob.sid, 'x', '0'.repeat(22), '%00', '..%2f..', 'a'.repeat(22)]) {
    t.match((await call('DELETE', `/sessions/${id}`, ada.access_token)).json(), { status: 404, code: 'not_found' }, id);
  }
  t.equal(await statusOfMe(bob.access_token), 200);
});

t.test('ASVS 7.5.2: DELETE /sessions ends all but the one that asks', async (t) => {
  const ada = await signUp();
  const others = [await signIn(ada), await signIn(ada)];
  const current = await signIn(ada);
  const bob = await signIn(await signUp());
  t.equal((await call('DELETE', '/sessions', current.access_token)).statusCode, 204);
  for (const other of others) t.equal(await statusOfMe(other.access_token), 401);
  t.equal(await statusOfMe(current.access_token), 200);
  t.equal(await statusOfMe(bob.access_token), 200);
  t.equal((await call('DELETE', '/sessions', current.access_token)).statusCode, 204, 'again there is nothing to do');
});

t.test('ASVS 7.4.1: logout takes a refresh or an access token, in the body or as Bearer; again and without any it is 204', async (t) => {
  const ada = await signUp();
  const ways: [string, (session: Awaited<ReturnType<typeof signIn>>) => Promise<{ statusCode: number; body: string }>][] = [
    ['refresh token in the body', ({ refresh_token }) => app.inject({ method: 'POST', url: '/logout', payload: { token: refresh_token } })],
    ['access token in the body', ({ access_token }) => app.inject({ method: 'POST', url: '/logout', payload: { token: access_token } })],
    ['refresh token as Bearer', ({ refresh_token }) => call('POST', '/logout', refresh_token)],
    ['access token as Bearer', ({ access_token }) => call('POST', '/logout', access_token)],
  ];
  for (const [name, signOut] of ways) {
    const session = await signIn(ada);
    t.equal((await signOut(session)).statusCode, 204, name);
    t.equal(await statusOfMe(session.access_token), 401, name);
    t.equal((await signOut(session)).statusCode, 204, `${name}, again`);
  }
  t.equal((await app.inject({ method: 'POST', url: '/logout' })).statusCode, 204);
  t.equal((await app.inject({ method: 'POST', url: '/logout', payload: {} })).statusCode, 204);
});

t.test('an old refresh token of the family signs out, too', async (t) => {
  const session = await signIn(await signUp());
  await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: session.refresh_token } });
  t.equal((await app.inject({ method: 'POST', url: '/logout', payload: { token: session.refresh_token } })).statusCode, 204);
  t.equal(await statusOfMe(session.access_token), 401);
});

t.test('what is no token of ours signs nobody out', async (t) => {
  const session = await signIn(await signUp());
  const [header, payload] = session.access_token.split('.');
  const logout = async (token: string) => (await app.inject({ method: 'POST', url: '/logout', payload: { token } })).json();
  t.match(await logout('nonsense'), { status: 401, code: 'token_malformed' });
  t.match(await logout('n'.repeat(20_000)), { status: 401, code: 'token_malformed' }, 'however long');
  t.match(await logout('cs_rt_nonsense'), { status: 401, code: 'token_malformed' });
  t.match(await logout(`${header}.${payload}.${'A'.repeat(86)}`), { status: 401, code: 'token_invalid' });
  t.equal(await statusOfMe(session.access_token), 200);
});

t.test('a program that names no user agent is listed without one', async (t) => {
  const headers = { 'user-agent': undefined };
  const login = await app.inject({ method: 'POST', url: '/login', payload: await signUp(), headers });
  const listed = (await call('GET', '/sessions', login.json<{ access_token: string }>().access_token)).json<{ user_agent: unknown }[]>();
  t.strictSame(
    listed.map(({ user_agent }) => user_agent),
    [null],
  );
});

t.test('of a user agent as much is kept as tells a browser from another', async (t) => {
  const { access_token } = await signIn(await signUp(), `Browser/1 ${'x'.repeat(5000)}`);
  const [session] = (await call('GET', '/sessions', access_token)).json<{ user_agent: string }[]>();
  t.equal(session?.user_agent, `Browser/1 ${'x'.repeat(246)}`);
});
