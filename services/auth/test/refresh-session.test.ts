import { createSecretKey } from 'node:crypto';
import { needsReal, until } from '@countersign/testing';
import { FIRST_PARTY_CLIENT_ID } from '@countersign/tokens';
import { and, eq, sql } from 'drizzle-orm';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { createSeed, formatRefreshToken } from '../src/domain/sessions/refresh-token.ts';
import { audit, revocations, roleScopes, sessions, userRoles, users } from '../src/stores/schema.ts';
import { createSessions } from '../src/stores/sessions.postgres.ts';
import { claimsOf } from './claims-of.ts';
import { countWaiting } from './count-waiting.ts';
import { testAuth } from './test-auth.ts';

const auth = await testAuth(t);
const { app, database } = auth;
const { db } = database;

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
  readonly refresh_expires_in: number;
}

let people = 0;

async function signUp(server = app) {
  people += 1;
  const credentials = { username: `person${people}`, password: 'a long enough password' };
  const { id } = (await server.inject({ method: 'POST', url: '/register', payload: credentials })).json<{ id: string }>();
  const first = await signIn(credentials, server);
  return { id, credentials, first, sid: claimsOf(first.access_token).sid as string };
}

async function signIn(credentials: { username: string; password: string }, server = app): Promise<Pair> {
  return (await server.inject({ method: 'POST', url: '/login', payload: credentials })).json();
}

async function refresh(token: string, server = app) {
  const answer = await server.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: token } });
  return { status: answer.statusCode, ...answer.json<Pair & { code?: string }>() };
}

const me = async ({ access_token }: Pair) =>
  (await app.inject({ url: '/me', headers: { authorization: `Bearer ${access_token}` } })).statusCode;

/** Time moves by moving the session into the past. */
async function pass(sid: string, seconds: number): Promise<void> {
  const earlier = (column: typeof sessions.createdAt) => sql`${column} - ${seconds} * interval '1 second'`;
  await db
    .update(sessions)
    .set({
      rotatedAt: earlier(sessions.rotatedAt as never),
      idleExpiresAt: earlier(sessions.idleExpiresAt as never),
      expiresAt: earlier(sessions.expiresAt as never),
    })
    .where(eq(sessions.id, sid));
}

t.test('ASVS 2.3.4, 15.4.2: twenty refreshes of one token at once get one and the same successor, and leave one live leaf', async (t) => {
  const { first, sid } = await signUp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh_token)));
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.equal(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1);
  t.equal(new Set(answers.map((answer) => claimsOf(answer.access_token).jti)).size, 20, 'each its own access token');
  const [row] = await db.select().from(sessions).where(eq(sessions.id, sid));
  t.match(row, { generation: 1, endedAt: null });
  t.equal((await refresh(answers[0]?.refresh_token ?? '')).status, 200);
});

t.test('twenty refreshes on two instances at once leave one live leaf', async (t) => {
  const other = await auth.start();
  const { first } = await signUp();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => refresh(first.refresh_token, i % 2 === 0 ? app : other)));
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.equal(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1);
});

t.test('a refresh waits for a transaction that holds its session', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { first, sid } = await signUp();
  const release = Promise.withResolvers<void>();
  const holds = Promise.withResolvers<void>();
  const holding = db.transaction(async (tx) => {
    await tx.update(sessions).set({ endedAt: sql`now()` }).where(eq(sessions.id, sid));
    holds.resolve();
    await release.promise;
  });
  await holds.promise;
  const answer = refresh(first.refresh_token);
  t.equal((await refresh((await signUp()).first.refresh_token)).status, 200);
  release.resolve();
  await holding;
  t.match(await answer, { status: 401, code: 'token_revoked' });
});

t.test('the grace begins with the rotation, not with the wait for who held the session until then', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const short = await auth.start({
    REFRESH_GRACE_SECONDS: '1',
  });
  const { first, sid } = await signUp();
  let answers: ReturnType<typeof refresh>[] = [];
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, sid)).for('update');
    answers = [refresh(first.refresh_token, short), refresh(first.refresh_token, short)];
    await until(async () => (await countWaiting(db, 'select%"sessions"%for update%')) === 2);
    const graceLaterMs = Date.now() + 1500;
    await until(() => Date.now() > graceLaterMs);
  });
  t.match(await Promise.all(answers), [{ status: 200 }, { status: 200 }]);
});

t.test('a retry within the grace gets the same successor and a fresh access token, and does not extend the grace', async (t) => {
  const { first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  await pass(sid, 40);
  const retry = await refresh(first.refresh_token);
  t.equal(retry.status, 200);
  t.equal(retry.refresh_token, second.refresh_token);
  t.not(claimsOf(retry.access_token).jti, claimsOf(second.access_token).jti);
  await pass(sid, 25);
  t.match(await refresh(first.refresh_token), { status: 401, code: 'token_revoked' }, '65 s after the rotation');
});

t.test('ASVS 10.4.5: reuse after the grace ends the session: its tokens are refused, and the audit log says so', async (t) => {
  const { id, first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  t.equal(await me(second), 200);
  await pass(sid, 61);
  t.match(await refresh(first.refresh_token), { status: 401, code: 'token_revoked' });
  t.match(await refresh(second.refresh_token), { status: 401, code: 'token_revoked' });
  t.equal(await me(second), 401);
  t.equal(await me(first), 401);
  const reused = await db
    .select()
    .from(audit)
    .where(and(eq(audit.event, 'refresh_reused'), eq(audit.subject, sid)));
  t.match(reused, [{ actor: id, subject: sid, ip: '127.0.0.1' }]);
  t.equal(reused.length, 1);
  t.equal((await db.select().from(revocations).where(eq(revocations.id, sid))).length, 1);
});

t.test('an older token than the last but one ends the session at once', async (t) => {
  const { first } = await signUp();
  const second = await refresh(first.refresh_token);
  const third = await refresh(second.refresh_token);
  t.match(await refresh(first.refresh_token), { status: 401, code: 'token_revoked' });
  t.equal(await me(third), 401);
});

t.test('twenty reuses at once end the session once', async (t) => {
  const { first, sid } = await signUp();
  await refresh(first.refresh_token);
  await pass(sid, 61);
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first.refresh_token)));
  t.strictSame(new Set(answers.map(({ code }) => code)), new Set(['token_revoked']));
  t.equal(
    (
      await db
        .select()
        .from(audit)
        .where(and(eq(audit.event, 'refresh_reused'), eq(audit.subject, sid)))
    ).length,
    1,
  );
});

/** What a restored backup or a standby that hadn't received everything does to the session. */
async function setBack(sid: string, to: Pick<typeof sessions.$inferSelect, 'generation' | 'rotatedAt'>): Promise<void> {
  await db.update(sessions).set({ generation: to.generation, rotatedAt: to.rotatedAt }).where(eq(sessions.id, sid));
}

t.test('a database that was set back signs nobody out: the session goes on from the token that its client has', async (t) => {
  const { first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  const third = await refresh(second.refresh_token);
  await setBack(sid, { generation: 0, rotatedAt: null });
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(third.refresh_token)));
  t.strictSame(new Set(answers.map(({ status }) => status)), new Set([200]));
  t.equal(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1, 'one successor');
  t.match(await db.select().from(sessions).where(eq(sessions.id, sid)), [{ generation: 3, endedAt: null }]);
  const { body } = await app.inject({ url: '/metrics' });
  t.match(body, /^countersign_refresh_ahead_total 1$/m, 'counted once: what comes within the grace is a retry');
  t.equal((await refresh(answers[0]?.refresh_token ?? '')).status, 200);
});

t.test('… and who took an older token is found out as before', async (t) => {
  const { first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  await setBack(sid, { generation: 0, rotatedAt: null });
  const thief = await refresh(first.refresh_token);
  t.equal(thief.refresh_token, second.refresh_token, 'one lineage: it gets what its owner has');
  const third = await refresh(second.refresh_token);
  await setBack(sid, { generation: 1, rotatedAt: new Date() });
  const fourth = await refresh(third.refresh_token);
  t.match(await refresh(thief.refresh_token), { status: 401, code: 'token_revoked' });
  t.match(await refresh(fourth.refresh_token), { status: 401, code: 'token_revoked' });
});

t.test('… and a session that it has lost can still be signed out', async (t) => {
  const logOut = (token: string) => app.inject({ method: 'POST', url: '/logout', payload: { token } });
  const revoke = (token: string) =>
    app.inject({
      method: 'POST',
      url: '/oauth/revoke',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ client_id: FIRST_PARTY_CLIENT_ID, token }).toString(),
    });
  const ways = [
    { by: ({ refresh_token }: Pair) => logOut(refresh_token), status: 204 },
    { by: ({ access_token }: Pair) => logOut(access_token), status: 204 },
    { by: ({ refresh_token }: Pair) => revoke(refresh_token), status: 200 },
  ];
  for (const { by, status } of ways) {
    const { first, sid } = await signUp();
    await db.delete(sessions).where(eq(sessions.id, sid));
    t.equal(await me(first), 200, 'nobody knows of its access tokens');
    for (const _again of [1, 2]) t.equal((await by(first)).statusCode, status);
    t.equal(await me(first), 401);
    t.match(await db.select().from(revocations).where(eq(revocations.id, sid)), [{ kind: 'sid', before: null }], 'one entry');
    t.match(await db.select().from(audit).where(eq(audit.subject, sid)), [{ event: 'login' }, { event: 'logout', actor: null }]);
  }
});

t.test('a token of a later generation than the database has, narrowed to a scope that is refused, is not consumed', async (t) => {
  const { first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  await setBack(sid, { generation: 0, rotatedAt: null });
  const narrowed = (scope: string) =>
    app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: FIRST_PARTY_CLIENT_ID,
        refresh_token: second.refresh_token,
        scope,
      }).toString(),
    });
  t.match((await narrowed('admin')).json(), { error: 'invalid_scope' });
  t.match(await db.select().from(sessions).where(eq(sessions.id, sid)), [{ generation: 0 }]);
  t.match((await narrowed('books:read')).json(), { scope: /^books:read$/ });
});

t.test('random histories on the database go as the plain model says', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('refresh' as const), age: fc.nat(2) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(20, 50, 70, 300_000) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('set back' as const), generations: fc.integer({ min: 1, max: 3 }) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const { first, sid } = await signUp();
      const tokens = [first.refresh_token];
      /** Of these tokens, the one that the database takes for the newest. */
      let newest = 0;
      let sinceRotation = 0;
      let idle = 0;
      let ended = false;
      for (const it of steps) {
        if (it.do === 'wait') {
          await pass(sid, it.seconds);
          sinceRotation += it.seconds;
          idle += it.seconds;
        } else if (it.do === 'logout') {
          await app.inject({ method: 'POST', url: '/logout', payload: { token: tokens[0] } });
          // A session whose life is over can still be signed out; what it answers afterwards is that.
          ended = true;
        } else if (it.do === 'set back') {
          newest = Math.max(0, newest - it.generations);
          sinceRotation = 0;
          await setBack(sid, { generation: newest, rotatedAt: new Date() });
        } else {
          const index = Math.max(0, tokens.length - 1 - it.age);
          const answer = await refresh(tokens[index] as string);
          const expected = ended
            ? 'token_revoked'
            : idle >= 604_800
              ? 'token_expired'
              : index >= newest
                ? 'next'
                : index === newest - 1 && sinceRotation < 60
                  ? 'same'
                  : 'token_revoked';
          const got = answer.code ?? (index < newest && answer.refresh_token === tokens[newest] ? 'same' : 'next');
          if (got !== expected) throw new Error(`${got}, and the model says ${expected}: ${JSON.stringify(answer)}`);
          if (got === 'next') {
            newest = index + 1;
            tokens[newest] ??= answer.refresh_token;
            if (tokens[newest] !== answer.refresh_token) throw new Error('two successors of one token');
            sinceRotation = 0;
            idle = 0;
          }
          if (got === 'token_revoked') ended = true;
        }
      }
    }),
    { numRuns: 25 },
  );
});

t.test(
  'ASVS 7.3.1, 7.3.2, 10.4.8: idle and absolute life: over, the token has expired; refreshing moves the one and not the other',
  async (t) => {
    const { first, sid } = await signUp();
    await pass(sid, 604_000);
    const second = await refresh(first.refresh_token);
    t.equal(second.refresh_expires_in, 604_800, 'seven days again');
    for (let i = 0; i < 2; i++) await pass(sid, 604_000);
    t.match(await refresh(second.refresh_token), { status: 401, code: 'token_expired' }, 'idle for more than seven days');

    const other = await signUp();
    await pass(other.sid, 2_592_000 - 604_800 - 604_000);
    await db.update(sessions).set({ idleExpiresAt: sql`now() + interval '1 day'` }).where(eq(sessions.id, other.sid));
    const near = await refresh(other.first.refresh_token);
    t.ok(near.refresh_expires_in <= 604_800);
    await pass(other.sid, 604_000);
    const last = await refresh(near.refresh_token);
    t.ok(last.refresh_expires_in > 600_000 && last.refresh_expires_in < 604_801, `${last.refresh_expires_in} s`);
    await pass(other.sid, 604_790);
    const end = await refresh(last.refresh_token);
    t.equal(end.status, 200);
    t.ok(end.refresh_expires_in <= 10, 'the nearer of the two');
    t.ok(end.expires_in <= end.refresh_expires_in + 1, 'an access token never outlives its session');
  },
);

t.test('auth_time stays, and roles and scopes are those of the moment', async (t) => {
  const { id, first } = await signUp();
  await db.insert(userRoles).values({ userId: id, role: 'admin' });
  const second = await refresh(first.refresh_token);
  t.match(claimsOf(second.access_token), {
    auth_time: claimsOf(first.access_token).auth_time,
    sid: claimsOf(first.access_token).sid,
    client_id: FIRST_PARTY_CLIENT_ID,
  });
  t.strictSame(claimsOf(second.access_token).roles, ['admin', 'member']);
  t.equal(claimsOf(second.access_token).scope, 'admin books:delete books:read books:write');
  await db.delete(userRoles).where(eq(userRoles.userId, id));
  const third = await refresh(second.refresh_token);
  t.notOk('roles' in claimsOf(third.access_token), 'absent when empty');
  t.equal(claimsOf(third.access_token).scope ?? '', '');
  t.ok((await db.select().from(roleScopes)).length > 0);
});

t.test('the refresh token of a disabled or deleted user is refused', async (t) => {
  const disabled = await signUp();
  await db.update(users).set({ disabledAt: sql`now()` }).where(eq(users.id, disabled.id));
  t.match(await refresh(disabled.first.refresh_token), { status: 401, code: 'token_revoked' });
  const deleted = await signUp();
  await db.delete(users).where(eq(users.id, deleted.id));
  t.match(await refresh(deleted.first.refresh_token), { status: 401, code: 'token_revoked' });
});

t.test('nothing is signed before the second that a revocation covers is over', async (t) => {
  const { first, sid } = await signUp();
  const before = sql<number>`ceil(extract(epoch from clock_timestamp()) + 0.3)`;
  const [row] = await db
    .update(sessions)
    .set({ accessNotBefore: before })
    .where(eq(sessions.id, sid))
    .returning({ notBefore: sessions.accessNotBefore });
  const second = await refresh(first.refresh_token);
  t.ok(claimsOf(second.access_token).iat >= (row?.notBefore ?? Number.POSITIVE_INFINITY));
  t.equal(await me(second), 200);
});

t.test('a clock that was set back takes nothing back from a former revocation', async (t) => {
  const { id, sid } = await signUp();
  const before = Math.floor(Date.now() / 1000) + 60;
  await db.update(sessions).set({ accessNotBefore: before }).where(eq(sessions.id, sid));
  t.strictSame(await createSessions(db).moveNotBefore(db, { userId: id }), [{ id: sid, before }]);
});

t.test('ASVS 14.2.4: the database alone can neither mint nor replay a refresh token', async (t) => {
  const { first, sid } = await signUp();
  const [row] = await db.select().from(sessions).where(eq(sessions.id, sid));
  const stored = JSON.stringify(row);
  for (const part of [first.refresh_token, first.refresh_token.slice(35, 57), first.refresh_token.slice(57, 100)])
    t.notOk(stored.includes(part));
});

t.test('the secret alone mints nothing: a refresh token of another seed is refused, and its session goes on', async (t) => {
  const { first, sid } = await signUp();
  const second = await refresh(first.refresh_token);
  for (const generation of [0, 1, 2]) {
    const token = { sessionId: sid, generation, seed: createSeed(), delivery: 'body' } as const;
    const secret = createSecretKey(auth.config.refreshTokenSecret);
    t.match(await refresh(formatRefreshToken(token, FIRST_PARTY_CLIENT_ID, secret)), { status: 401, code: 'token_revoked' });
  }
  t.equal((await refresh(second.refresh_token)).status, 200);
});

t.test('malformed, foreign and missing tokens are told apart', async (t) => {
  const { first } = await signUp();
  const bearer = (value: string) => app.inject({ method: 'POST', url: '/refresh', headers: { authorization: value } });
  t.match(await refresh('cs_rt_nonsense'), { status: 401, code: 'token_malformed' });
  t.match(await refresh(`cs_rt_${'a'.repeat(20_000)}`), { status: 401, code: 'token_malformed' }, 'however long');
  t.match(await refresh(first.access_token), { status: 401, code: 'token_malformed' }, 'an access token is no refresh token');
  t.match((await bearer('Basic abc')).json(), { status: 401, code: 'token_missing' });
  t.match((await bearer('Bearer')).json(), { status: 401, code: 'token_malformed' });
  t.match((await bearer(`Bearer  ${first.refresh_token}`)).json(), { status: 401, code: 'token_malformed' });
  t.match((await app.inject({ method: 'POST', url: '/refresh' })).json(), { status: 401, code: 'token_missing' });
  t.match((await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: 7 } })).json(), {
    status: 400,
    code: 'validation_failed',
  });
  t.match((await app.inject({ method: 'POST', url: '/refresh', payload: { token: 'x' } })).json(), {
    status: 400,
    code: 'validation_failed',
  });
  const good = await bearer(`Bearer ${first.refresh_token}`);
  t.equal(good.statusCode, 200);
  t.match(good.headers, { 'cache-control': 'no-store' });
});

t.test('the body goes before the header, and an empty body needs no content type', async (t) => {
  const { first } = await signUp();
  const both = await app.inject({
    method: 'POST',
    url: '/refresh',
    headers: { authorization: 'Bearer nonsense' },
    payload: { refresh_token: first.refresh_token },
  });
  t.equal(both.statusCode, 200);
  const { refresh_token } = both.json<Pair>();
  const headers = { authorization: `Bearer ${refresh_token}`, 'content-length': '0' };
  t.equal((await app.inject({ method: 'POST', url: '/refresh', headers })).statusCode, 200);
});

t.test('with REFRESH_ROTATION=off a session keeps one token for its life', async (t: Test) => {
  const off = await auth.start({
    REFRESH_ROTATION: 'off',
  });
  const { first, sid } = await signUp(off);
  for (let i = 0; i < 3; i++) {
    const next = await refresh(first.refresh_token, off);
    t.equal(next.status, 200);
    t.equal(next.refresh_token, first.refresh_token);
    await pass(sid, 3600);
  }
});
