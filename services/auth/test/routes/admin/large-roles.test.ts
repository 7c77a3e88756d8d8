import { ACCESS_COOKIE } from '@countersign/tokens';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { sessions } from '../../../src/stores/schema.ts';
import { administeredAuth } from './administered-auth.ts';

const { database, signUp, signIn, refresh, call, statusOfMe } = await administeredAuth(t);

/** Some 2,200 bytes of a token. */
const scopesOf = (role: string) => Array.from({ length: 25 }, (_, i) => `${role}:${i}`.padEnd(64, 'x'));

for (const role of ['one', 'two', 'three', 'four']) await call('PUT', `/admin/roles/${role}`, { scopes: scopesOf(role) });

const tooLarge = { status: 403, code: 'forbidden' };

t.test('a token that no service would take is not given out: the refusal says what to do, and with less it works', async (t) => {
  const user = await signUp('one');
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  const refused = await signIn(user);
  t.match(refused.json(), { ...tooLarge, detail: /8192 bytes.*`scope`/ });
  const narrowed = await signIn(user, { scope: scopesOf('one').slice(0, 10).join(' ') });
  t.equal(await statusOfMe(narrowed.json<{ access_token: string }>().access_token), 200);
});

t.test('a session whose user was given so much goes on once that is taken back, however long that takes', async (t) => {
  const user = await signUp('one');
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two', 'three', 'four'] });
  t.match((await refresh(user.refreshToken)).json(), tooLarge);
  // Long after the grace: no successor was given out, so it is no reuse.
  await database.db.update(sessions).set({ rotatedAt: sql`now() - interval '1 hour'` }).where(eq(sessions.id, user.sessionId));
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one', 'two'] });
  const { access_token } = (await refresh(user.refreshToken)).json<{ access_token: string }>();
  t.equal(await statusOfMe(access_token), 200);
  t.ok(access_token.length > 4096 && access_token.length <= 8192, `${access_token.length} bytes`);
});

t.test('a cookie has half the room: browsers drop a longer one without a word', async (t) => {
  const user = await signUp('one', 'two');
  t.match((await signIn(user, { delivery: 'cookie' })).json(), { ...tooLarge, detail: /4083 bytes.*`scope`/ });
  await call('PATCH', `/admin/users/${user.id}`, { roles: ['one'] });
  const token = (await signIn(user, { delivery: 'cookie' })).cookies.find(({ name }) => name === ACCESS_COOKIE)?.value ?? '';
  t.ok(token.length > 2000, `${token.length} bytes`);
});
