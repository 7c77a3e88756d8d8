import { randomBytes } from 'node:crypto';
import { needsReal } from '@countersign/testing';
import { eq, isNull, sql } from 'drizzle-orm';
import t from 'tap';
import { revocations, sessions } from '../../../src/stores/schema.ts';
import { hastyAuth } from '../../hasty-auth.ts';
import { administeredAuth } from './administered-auth.ts';

const auth = await administeredAuth(t);
const { database, admin, signUp, signIn, refresh, call, statusOfMe, events } = auth;
const { db } = database;

const gone = { status: 404, code: 'not_found' };

t.test('an administrator sees where a user is signed in, the newest first, page after page', async (t) => {
  const user = await signUp('member');
  await signIn(user);
  await signIn(user);
  await signUp('member');
  const url = `/admin/users/${user.id}/sessions`;
  const whole = (await call('GET', url)).json<{ id: string; created_at: string; current: boolean }[]>();
  t.equal(whole.length, 3);
  t.equal(whole[2]?.id, user.sessionId);
  t.match(whole[0], { created_at: /Z$/, last_used_at: /Z$/, ip: '127.0.0.1', user_agent: String, current: false });
  t.strictSame(Object.keys(whole[0] ?? {}).toSorted(), ['created_at', 'current', 'id', 'ip', 'last_used_at', 'user_agent']);

  const first = await call('GET', `${url}?limit=2`);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
  const second = await call('GET', next);
  t.strictSame([...first.json(), ...second.json()], whole);
  t.notOk(second.headers.link, 'the last page has no next one');
  const own = (await call('GET', `/admin/users/${admin.id}/sessions`)).json<{ id: string; current: boolean }[]>();
  t.match(own, [{ id: admin.sessionId, current: true }]);
});

t.test('ASVS 7.4.5: an administrator ends one session of a user, or all of them', async (t) => {
  const user = await signUp('member');
  const other = await signUp('member');
  const second = (await signIn(user)).json<{ access_token: string; refresh_token: string }>();
  const url = `/admin/users/${user.id}/sessions`;
  t.equal((await call('DELETE', `${url}/${user.sessionId}`)).statusCode, 204);
  t.match((await call('GET', '/me', undefined, user.accessToken)).json(), { status: 401, code: 'token_revoked' });
  t.match((await refresh(user.refreshToken)).json(), { status: 401, code: 'token_revoked' });
  t.equal(await statusOfMe(second.access_token), 200);
  t.match((await call('DELETE', `${url}/${user.sessionId}`)).json(), gone, 'it has ended');
  t.match((await call('DELETE', `${url}/${other.sessionId}`)).json(), gone, 'it is somebody else’s');

  t.equal((await call('DELETE', url)).statusCode, 204);
  t.equal(await statusOfMe(second.access_token), 401);
  t.equal((await refresh(second.refresh_token)).statusCode, 401);
  t.equal((await call('DELETE', url)).statusCode, 204, 'again there is nothing to do');
  t.strictSame((await call('GET', url)).json(), []);
  t.equal(await statusOfMe(other.accessToken), 200);
  t.equal((await signIn(user)).statusCode, 200, 'the user may sign in again');
  t.match(await events(user.sessionId), [{ event: 'login' }, { event: 'sessions_ended', actor: admin.id, details: { sessions: 1 } }]);
  t.match((await events(user.id)).at(-1), { event: 'sessions_ended', actor: admin.id, ip: '127.0.0.1', details: { sessions: 1 } });
});

t.test('a session whose life is over, which no list shows, is found by neither its user nor an administrator', async (t) => {
  const user = await signUp('member');
  const second = (await signIn(user)).json<{ access_token: string }>();
  const end = async (life: object) => {
    await db.update(sessions).set(life).where(eq(sessions.id, user.sessionId));
    const own = await call('DELETE', `/sessions/${user.sessionId}`, undefined, second.access_token);
    const others = await call('DELETE', `/admin/users/${user.id}/sessions/${user.sessionId}`);
    return [own.json(), others.json()];
  };
  t.match(await end({ idleExpiresAt: sql`now()` }), [gone, gone], 'it was not refreshed for too long');
  t.match(await end({ idleExpiresAt: sql`now() + interval '1 day'`, expiresAt: sql`now()` }), [gone, gone], 'it has lasted for too long');
  await db.update(sessions).set({ expiresAt: sql`now() + interval '1 day'` }).where(eq(sessions.id, user.sessionId));
  t.equal((await call('DELETE', `/sessions/${user.sessionId}`, undefined, second.access_token)).statusCode, 204);
});

t.test('what is no user or no session is not found', async (t) => {
  for (const id of ['0'.repeat(22), 'x', '%00']) {
    t.match((await call('GET', `/admin/users/${id}/sessions`)).json(), gone);
    t.match((await call('DELETE', `/admin/users/${id}/sessions`)).json(), gone);
    t.match((await call('DELETE', `/admin/users/${id}/sessions/${admin.sessionId}`)).json(), gone);
    t.match((await call('DELETE', `/admin/users/${admin.id}/sessions/${id}`)).json(), gone);
  }
  t.equal(await statusOfMe(admin.accessToken), 200);
});

t.test(
  'ASVS 7.4.5: everybody’s sessions end, also when there are more than one transaction holds; the one that asks is the last',
  async (t) => {
    const user = await signUp('member');
    const many = 5000;
    await db.execute(sql`
    insert into sessions (id, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at)
    select lpad(n::text, 22, '0'), ${user.id}, 'first-party', ${randomBytes(32)}, 'body', now(), now() + interval '1 day', now() + interval '1 day'
    from generate_series(1, ${many}::int) n`);
    const live = () => db.select({ id: sessions.id }).from(sessions).where(isNull(sessions.endedAt));
    const before = await live();
    t.ok(before.length > many);
    t.equal((await call('DELETE', '/admin/sessions')).statusCode, 204);
    t.strictSame(await live(), []);
    for (const { accessToken } of [user, admin]) {
      t.match((await call('GET', '/me', undefined, accessToken)).json(), { status: 401, code: 'token_revoked' });
    }
    const entries = await db.select({ id: revocations.id }).from(revocations).where(eq(revocations.kind, 'sid')).orderBy(revocations.seq);
    const revoked = new Set(entries.map(({ id }) => id));
    t.strictSame(
      before.filter(({ id }) => !revoked.has(id)),
      [],
      'each has an entry, so that no token of it lives on',
    );
    t.equal(entries.at(-1)?.id, admin.sessionId);
    const told = await events(null);
    t.strictSame(
      told
        .filter(({ event, actor }) => event === 'sessions_ended' && actor === admin.id)
        .reduce((sum, { details }) => sum + Number(details?.sessions), 0),
      before.length,
    );
    t.equal((await signIn(admin)).statusCode, 200);
  },
);

t.test('a page of one user’s sessions leads to no other user’s', async (t) => {
  const [user, other] = [await signUp('member'), await signUp('member')];
  for (const person of [user, other]) await signIn(person);
  const { access_token } = (await signIn(admin)).json<{ access_token: string }>();
  const get = (url: string) => call('GET', url, undefined, access_token);
  const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String((await get(`/admin/users/${user.id}/sessions?limit=1`)).headers.link)) ?? [];
  t.equal((await get(next)).json<unknown[]>().length, 1);
  t.match((await get(next.replace(user.id, other.id))).json(), { status: 400, code: 'validation_failed' });
});

t.test('to end everybody’s sessions may take longer than to end those of one', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const hasty = await hastyAuth(t, auth, 100);
  const user = await signUp('member');
  const { access_token } = (await signIn(admin)).json<{ access_token: string }>();
  const end = (url: string) => hasty.inject({ method: 'DELETE', url, headers: { authorization: `Bearer ${access_token}` } });
  let ending: ReturnType<typeof end> | undefined;
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, user.sessionId)).for('update');
    ending = end('/admin/sessions');
    t.match((await end(`/admin/users/${user.id}/sessions`)).json(), { status: 503, code: 'unavailable' });
  });
  t.equal((await ending)?.statusCode, 204);
});
