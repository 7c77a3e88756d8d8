import { needsReal, until } from '@countersign/testing';
import { ACCESS_COOKIE } from '@countersign/tokens';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { sessions } from '../../../src/stores/schema.ts';
import { userDirectory } from '../../../src/stores/user-directory.postgres.ts';
import { countWaiting } from '../../count-waiting.ts';
import { administeredAuth } from './administered-auth.ts';
import { refreshDuring } from './refresh-during.ts';

const auth = await administeredAuth(t);
const { app, database, signUp, signIn, refresh, call, statusOfMe } = auth;

/** Some 2,200 bytes of a token. */
const scopesOf = (role: string) => Array.from({ length: 25 }, (_, i) => `${role}:${i}`.padEnd(64, 'x'));

for (const role of ['one', 'two', 'three', 'four']) await call('PUT', `/admin/roles/${role}`, { scopes: scopesOf(role) });

const tooLarge = { status: 403, code: 'forbidden' };

/** Long after the grace. */
const anHourPasses = (sessionId: string) =>
  database.db.update(sessions).set({ rotatedAt: sql`now() - interval '1 hour'` }).where(eq(sessions.id, sessionId));
const generationOf = async (sessionId: string) =>
  (await database.db.select().from(sessions).where(eq(sessions.id, sessionId)))[0]?.generation;

t.test('a token that no service would take is not given out: the refusal says what to do, and with less it works', async (t) => {
  const user = await signUp('one');
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  const refused = await signIn(user);
  t.match(refused.json(), { ...tooLarge, detail: /8192 bytes.*`scope`/ });
  const listed = (await call('GET', `/admin/users/${user.id}/sessions`)).json<{ id: string }[]>();
  t.strictSame(
    listed.map(({ id }) => id),
    [user.sessionId],
    'nor does its session stay, which nobody could use',
  );
  const narrowed = await signIn(user, { scope: scopesOf('one').slice(0, 10).join(' ') });
  t.equal(await statusOfMe(narrowed.json<{ access_token: string }>().access_token), 200);
});

t.test('a session whose user was given so much goes on once that is taken back, however long that takes', async (t) => {
  const user = await signUp('one');
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  t.match((await refresh(user.refreshToken)).json(), tooLarge);
  const atOAuth = await app.inject({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `grant_type=refresh_token&client_id=first-party&refresh_token=${user.refreshToken}`,
  });
  t.match(atOAuth.json(), { error: 'invalid_request', error_description: /8192 bytes/ }, 'nor does OAuth call it an invalid grant');
  t.equal(atOAuth.statusCode, 403);
  // No successor was given out, so it is no reuse.
  await anHourPasses(user.sessionId);
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two'] });
  const { access_token } = (await refresh(user.refreshToken)).json<{ access_token: string }>();
  t.equal(await statusOfMe(access_token), 200);
  t.ok(access_token.length > 4096 && access_token.length <= 8192, `${access_token.length} bytes`);
});

t.test('… also where the refresh had waited for the change that gave so much', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const user = await signUp('one');
  let refreshing: ReturnType<typeof refresh> | undefined;
  await database.db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, user.sessionId)).for('update');
    await userDirectory.setRoles(tx, user.id, ['one', 'two', 'three', 'four']);
    refreshing = refresh(user.refreshToken);
    await until(async () => (await countWaiting(database.db, 'select%"sessions"%for update%')) > 0);
  });
  t.match((await refreshing)?.json(), tooLarge);
  await anHourPasses(user.sessionId);
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one'] });
  t.equal((await refresh(user.refreshToken)).statusCode, 200);
});

t.test('a refresh that gets no answer gives the token before the presented one no second grace', async (t) => {
  const user = await signUp('one');
  const { refresh_token: second } = (await refresh(user.refreshToken)).json<{ refresh_token: string }>();
  await anHourPasses(user.sessionId);
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  t.match((await refresh(second)).json(), tooLarge);
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one'] });
  t.match((await refresh(user.refreshToken)).json(), { status: 401, code: 'token_revoked' });
});

t.test('a retry that gets no answer leaves the successor, which was given out, the current token', async (t) => {
  const user = await signUp('one');
  const { refresh_token: successor } = (await refresh(user.refreshToken)).json<{ refresh_token: string }>();
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  t.match((await refresh(user.refreshToken)).json(), tooLarge);
  t.equal(await generationOf(user.sessionId), 1);
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one'] });
  t.equal((await refresh(successor)).statusCode, 200);
});

t.test('a session that others have refreshed meanwhile is not set back by a refresh that gets no answer', async (t) => {
  const { user, answer } = await refreshDuring(auth, { from: 'one', to: 'two' }, async ({ id, sessionId }) => {
    await database.db.update(sessions).set({ generation: 2 }).where(eq(sessions.id, sessionId));
    await call('PATCH', `/admin/users/${id}`, { roles: ['one', 'two', 'three', 'four'] });
  });
  t.match(answer.json(), tooLarge);
  t.equal(await generationOf(user.sessionId), 2);
});

t.test('a cookie has half the room: browsers drop a longer one without a word', async (t) => {
  const user = await signUp('one', 'two');
  t.match((await signIn(user, { delivery: 'cookie' })).json(), { ...tooLarge, detail: /4083 bytes.*`scope`/ });
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one'] });
  const token = (await signIn(user, { delivery: 'cookie' })).cookies.find(({ name }) => name === ACCESS_COOKIE)?.value ?? '';
  t.ok(token.length > 2000, `${token.length} bytes`);
});
