import { eq, inArray, sql } from 'drizzle-orm';
import t from 'tap';
import { audit, revocations, sessions, users } from '../src/stores/schema.ts';
import { claimsOf } from './claims-of.ts';
import { testAuth } from './test-auth.ts';

const { app, database } = await testAuth(t);
const { db } = database;

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

const password = 'a long enough password';
const signIn = async (username: string) =>
  (await app.inject({ method: 'POST', url: '/login', payload: { username, password } })).json<Pair>();
const refresh = (token: string) => app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: token } });

/** Registers somebody and signs in, whose programs have done so each second, some hours ago. */
async function signUp(username: string, others: number) {
  const { id } = (await app.inject({ method: 'POST', url: '/register', payload: { username, password } })).json<{ id: string }>();
  const first = await signIn(username);
  await db.execute(sql`
    insert into ${sessions} (id, user_id, client_id, seed_digest, delivery, auth_time, last_used_at, idle_expires_at, expires_at, ip)
    select lpad(lpad(n::text, 5, '0'), 22, ${username}), ${id}, 'first-party', '\\x00', 'body', now(), now() - (100000 - n) * interval '1 second',
           now() + interval '1 day', now() + interval '2 days', '203.0.113.7'
    from generate_series(1, ${others}::integer) as n`);
  return { id, first };
}

const unended = (userId: string) => db.$count(sessions, sql`${sessions.userId} = ${userId} and ${sessions.endedAt} is null`);

t.test('ASVS 2.3.2: beyond ten thousand sessions of one user a sign-in ends the thousand that were not used for longest', async (t) => {
  const { id, first } = await signUp('tireless', 9999);
  t.equal(await unended(id), 10_000);
  const { refresh_token } = await signIn('tireless');
  t.equal(await unended(id), 9001);
  const ended = await db.select().from(sessions).where(eq(sessions.endedReason, 'crowded')).orderBy(sessions.id);
  t.same(
    ended.map((session) => session.id),
    Array.from({ length: 1000 }, (_, n) =>
      String(n + 1)
        .padStart(5, '0')
        .padStart(22, 'tireless'),
    ),
  );
  const ids = ended.map((session) => session.id);
  t.match(
    await db.select().from(audit).where(eq(audit.event, 'session_ended')).orderBy(audit.subject),
    ids.map((subject) => ({ actor: id, subject, details: { reason: 'crowded' }, ip: '127.0.0.1' })),
  );
  t.equal(await db.$count(revocations, inArray(revocations.id, ids)), 1000, 'their tokens are refused everywhere');
  t.equal((await refresh(refresh_token)).statusCode, 200);
  t.equal((await refresh(first.refresh_token)).statusCode, 200);
  await signIn('tireless');
  t.equal(await unended(id), 9002, 'the next one needn’t');
});

t.test('whoever has many sees the thousand that were used last: all of them would take auth half a second to list', async (t) => {
  const { first } = await signUp('countless', 2000);
  const answer = await app.inject({ url: '/sessions', headers: { authorization: `Bearer ${first.access_token}` } });
  const listed = answer.json<{ id: string; current: boolean }[]>();
  t.equal(listed.length, 1000);
  t.equal(listed[0]?.current, true);
  t.match(listed[1]?.id, /02000$/);
  t.match(listed[999]?.id, /01002$/);
});

t.test('whose session is among them is signed out', async (t) => {
  const { first } = await signUp('overtaken', 9999);
  await db
    .update(sessions)
    .set({ lastUsedAt: sql`now() - interval '2 days'` })
    .where(eq(sessions.id, String(claimsOf(first.access_token).sid)));
  await signIn('overtaken');
  t.match((await refresh(first.refresh_token)).json(), { code: 'token_revoked' });
});

t.test('a user with far more loses as many at each sign-in, so that none takes long', async (t) => {
  const { id } = await signUp('endless', 15_000);
  for (const left of [14_002, 13_003, 12_004]) {
    await signIn('endless');
    t.equal(await unended(id), left);
  }
  const [oldest] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .where(sql`${sessions.userId} = ${id} and ${sessions.endedAt} is null`)
    .orderBy(sessions.lastUsedAt)
    .limit(1);
  t.match(oldest, { id: /03001$/ }, 'the newest stay');
});

t.test('what has ended, and other people, count for nobody', async (t) => {
  const { id, first } = await signUp('orderly', 12_000);
  await db
    .update(sessions)
    .set({ endedAt: sql`now()`, endedReason: 'logout' })
    .where(sql`${sessions.userId} = ${id} and ${sessions.seedDigest} = '\\x00'`);
  await signIn('orderly');
  t.equal(await unended(id), 2);
  t.equal((await refresh(first.refresh_token)).statusCode, 200);
  t.equal((await db.select().from(users).where(eq(users.id, id))).length, 1);
});

t.test('two sign-ins at once beyond the limit both succeed', async (t) => {
  const { id } = await signUp('parallel', 10_020);
  const both = await Promise.all([signIn('parallel'), signIn('parallel')]);
  t.equal(await unended(id), 9023, 'a thousand have ended, not two');
  for (const { refresh_token } of both) t.equal((await refresh(refresh_token)).statusCode, 200);
});
