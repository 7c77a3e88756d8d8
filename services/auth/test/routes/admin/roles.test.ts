import { needsReal, until } from '@countersign/testing';
import { and, eq, sql } from 'drizzle-orm';
import t from 'tap';
import { setRole as setRoleBy } from '../../../src/domain/people/set-role.ts';
import { auditLog } from '../../../src/stores/audit.postgres.ts';
import { createRevocations } from '../../../src/stores/revocations.postgres.ts';
import { roleStore } from '../../../src/stores/roles.postgres.ts';
import { revocations, sessions, userRoles } from '../../../src/stores/schema.ts';
import { createSessions } from '../../../src/stores/sessions.postgres.ts';
import { countWaiting } from '../../count-waiting.ts';
import { hastyAuth } from '../../hasty-auth.ts';
import { administeredAuth } from './administered-auth.ts';

const auth = await administeredAuth(t);
const { database, admin, signUp, signIn, refresh, call, statusOfMe, events } = auth;
const { db } = database;

const gone = { status: 404, code: 'not_found' };
const setRole = (name: string, scopes: readonly string[]) => call('PUT', `/admin/roles/${name}`, { scopes });

async function refreshed(refreshToken: string) {
  return (await refresh(refreshToken)).json<{ access_token: string; refresh_token: string; scope: string }>();
}

t.test('a role that an administrator makes can be given, and allows what its scopes say', async (t) => {
  const made = await setRole('clerk', ['orders:write', 'orders:read']);
  t.equal(made.statusCode, 201, made.body);
  t.strictSame(made.json(), { name: 'clerk', scopes: ['orders:read', 'orders:write'] });
  t.strictSame((await call('GET', '/admin/roles')).json(), [
    { name: 'admin', scopes: ['admin', 'books:delete', 'books:read', 'books:write'] },
    made.json(),
    { name: 'member', scopes: ['books:read', 'books:write'] },
  ]);

  const user = await signUp('member');
  t.equal((await call('PATCH', `/admin/users/${user.id}`, { roles: ['member', 'clerk'] })).statusCode, 200);
  t.equal((await signIn(user)).json().scope, 'books:read books:write orders:read orders:write');
  t.match(await events('clerk'), [
    {
      event: 'role_created',
      actor: admin.id,
      requestId: made.headers['x-request-id'],
      details: { from: null, to: ['orders:read', 'orders:write'] },
    },
  ]);
});

t.test('what a role gains comes with the next refresh, and no token ends for it', async (t) => {
  await setRole('gainer', ['a:read']);
  const user = await signUp('gainer');
  t.strictSame((await setRole('gainer', ['a:read', 'a:write'])).json().scopes, ['a:read', 'a:write']);
  t.equal(await statusOfMe(user.accessToken), 200);
  t.equal((await refreshed(user.refreshToken)).scope, 'a:read a:write');
});

t.test('what a role loses ends the access tokens of all who hold it, and their sessions go on with what is left', async (t) => {
  await setRole('loser', ['b:read', 'b:write']);
  const [one, two, other] = [await signUp('loser'), await signUp('loser', 'member'), await signUp('member')];
  t.equal((await setRole('loser', ['b:read', 'b:list'])).statusCode, 200);
  t.strictSame(
    [await statusOfMe(one.accessToken), await statusOfMe(two.accessToken), await statusOfMe(other.accessToken)],
    [401, 401, 200],
  );
  for (const { sessionId } of [one, two])
    t.match(await db.select().from(revocations).where(eq(revocations.id, sessionId)), [{ kind: 'sid', before: Number }]);
  const next = await refreshed(one.refreshToken);
  t.equal(next.scope, 'b:list b:read');
  t.equal(await statusOfMe(next.access_token), 200);
  t.equal((await refreshed(two.refreshToken)).scope, 'b:list b:read books:read books:write');
  t.match((await events('loser')).at(-1), { event: 'role_changed', details: { from: ['b:read', 'b:write'], to: ['b:list', 'b:read'] } });
});

t.test('the same scopes again change nothing for anybody, whatever another role lost meanwhile', async (t) => {
  await setRole('same', ['c:read']);
  await setRole('another', ['c:read']);
  const user = await signUp('same');
  t.equal((await setRole('another', [])).statusCode, 200);
  t.equal((await setRole('same', ['c:read'])).statusCode, 200);
  t.equal(await statusOfMe(user.accessToken), 200);
});

t.test('what broke off on the way is made up for by the next call, whatever it asks for, and by no later one', async (t) => {
  await setRole('broken', ['h:read', 'h:write']);
  const user = await signUp('broken');
  const sessions = createSessions(db);
  const breaksOff = { ...sessions, findIdsOf: () => Promise.reject(new Error('the database has gone')) };
  const ports = {
    db,
    roles: roleStore,
    sessions: breaksOff,
    revocations: createRevocations(db),
    audit: auditLog,
    feed: { flush: async () => true },
  };
  await t.rejects(setRoleBy(ports, 'broken', ['h:read'], { actor: admin.id, ip: null, requestId: null }), /has gone/);
  t.equal(await statusOfMe(user.accessToken), 200, 'which may do too much still');
  t.equal((await setRole('broken', ['h:list', 'h:read'])).statusCode, 200);
  t.equal(await statusOfMe(user.accessToken), 401);
  const next = await refreshed(user.refreshToken);
  t.equal(next.scope, 'h:list h:read');
  await setRole('broken', ['h:list', 'h:read', 'h:write']);
  t.equal(await statusOfMe(next.access_token), 200);
});

t.test('a change that isn’t made is not in the audit log', async (t) => {
  const roles = { ...roleStore, setScopes: () => Promise.reject(new Error('the database has gone')) };
  const ports = {
    db,
    roles,
    sessions: createSessions(db),
    revocations: createRevocations(db),
    audit: auditLog,
    feed: { flush: async () => true },
  };
  await t.rejects(setRoleBy(ports, 'unmade', ['j:read'], { actor: admin.id, ip: null, requestId: null }), /has gone/);
  t.strictSame(await events('unmade'), []);
  t.equal((await setRole('unmade', ['j:read'])).statusCode, 201);
  t.equal((await events('unmade')).length, 1);
});

t.test('of two changes at once the first to end does not count for the other', async (t) => {
  await setRole('twice', ['i:read', 'i:write']);
  await db.transaction((tx) => roleStore.setScopes(tx, 'twice', ['i:read'], 'the second'));
  await roleStore.endWithdrawal(db, 'twice', 'the first');
  const user = await signUp('twice');
  await setRole('twice', ['i:read', 'i:write']);
  t.equal(await statusOfMe(user.accessToken), 401);
});

t.test('roles are listed page by page, by name, each once', async (t) => {
  for (const name of ['page-c', 'page-a', 'page-b']) await setRole(name, []);
  const whole = (await call('GET', '/admin/roles?limit=100')).json<{ name: string }[]>().map(({ name }) => name);
  t.strictSame(whole, whole.toSorted());
  const found: string[] = [];
  for (let url = '/admin/roles?limit=2'; url !== ''; ) {
    const page = await call('GET', url);
    t.ok(page.json<unknown[]>().length <= 2);
    found.push(...page.json<{ name: string }[]>().map(({ name }) => name));
    url = /^<(.*)>/.exec(String(page.headers.link))?.[1] ?? '';
    if (found.length > whole.length) break;
  }
  t.strictSame(found, whole);
});

t.test('a role needs a name and scopes of the right form', async (t) => {
  const cases: readonly (readonly [string, object | string, string])[] = [
    ['a.b', { scopes: [] }, 'params/name'],
    ['a'.repeat(65), { scopes: [] }, 'params/name'],
    ['%00', { scopes: [] }, 'params/name'],
    ['good', {}, 'scopes'],
    ['good', { scopes: ['a b'] }, 'body/scopes/0'],
    ['good', { scopes: ['a', 'a'] }, 'body/scopes'],
    ['good', { scopes: 'a' }, 'body/scopes'],
    ['good', { scopes: [], name: 'better' }, 'name'],
    ['good', { scopes: Array.from({ length: 51 }, (_, i) => `s${i}`) }, 'body/scopes'],
  ];
  for (const [name, body, named] of cases) {
    const answer = await call('PUT', `/admin/roles/${name}`, body);
    t.match(answer.json(), { status: 400, code: 'validation_failed' }, `${name} ${JSON.stringify(body)}`);
    t.match(answer.body, named);
  }
  t.equal((await setRole('good', [])).statusCode, 201);
});

t.test('who holds a role of as many and as long scopes as can be has a token that is accepted', async (t) => {
  const scopes = Array.from({ length: 50 }, (_, i) => `s${i}`.padEnd(100, 'x'));
  t.equal((await setRole('broad', scopes)).statusCode, 201);
  t.equal(await statusOfMe((await signUp('broad')).accessToken), 200);
});

t.test('the same roles again end no token, whatever the collation of the database', async (t) => {
  // PGlite has no other collation.
  if (!needsReal(t, 'postgres')) return;
  await db.execute(sql`alter table user_roles alter column role type text collate "en-x-icu"`);
  await db.execute(sql`alter table role_scopes alter column scope type text collate "en-x-icu"`);
  t.strictSame((await setRole('Upper', ['a:read', 'B:read'])).json(), { name: 'Upper', scopes: ['B:read', 'a:read'] });
  t.match((await call('GET', '/admin/roles')).body, JSON.stringify(['B:read', 'a:read']));
  const user = await signUp('Upper', 'member', 'gainer');
  const changed = await call('PATCH', `/admin/users/${user.id}`, { roles: ['member', 'gainer', 'Upper'] });
  t.strictSame(changed.json().roles, ['Upper', 'gainer', 'member']);
  t.equal(await statusOfMe(user.accessToken), 200);
});

t.test('a role is deleted when nobody holds it', async (t) => {
  await setRole('spare', ['d:read']);
  const user = await signUp('spare');
  t.match((await call('DELETE', '/admin/roles/spare')).json(), { status: 409, code: 'conflict', detail: /Users still hold/ });
  await call('PATCH', `/admin/users/${user.id}`, { roles: [] });
  const answer = await call('DELETE', '/admin/roles/spare');
  t.equal(answer.statusCode, 204, answer.body);
  t.match((await call('DELETE', '/admin/roles/spare')).json(), gone);
  for (const name of ['a.b', '%00']) t.match((await call('DELETE', `/admin/roles/${name}`)).json(), gone, name);
  t.notMatch((await call('GET', '/admin/roles')).body, /spare/);
  t.match((await call('PATCH', `/admin/users/${user.id}`, { roles: ['spare'] })).json(), { status: 400, code: 'validation_failed' });
  t.match((await events('spare')).at(-1), { event: 'role_deleted', details: { from: ['d:read'] } });
});

t.test('what the service itself needs stays: its two roles, and the scope by which administrators administer', async (t) => {
  for (const name of ['admin', 'member']) t.match((await call('DELETE', `/admin/roles/${name}`)).json(), { status: 409, code: 'conflict' });
  t.match((await setRole('admin', ['books:read'])).json(), { status: 409, code: 'conflict', detail: /must keep the scope admin/ });
  t.equal((await setRole('admin', ['admin', 'books:delete', 'books:read', 'books:write', 'e:read'])).statusCode, 200);
  t.equal((await call('GET', '/admin/roles')).statusCode, 200);
});

t.test('a role that is being given to somebody is not deleted meanwhile', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  await setRole('rushed', []);
  const user = await signUp('member');
  let deleting: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await tx.insert(userRoles).values({ userId: user.id, role: 'rushed' });
    deleting = call('DELETE', '/admin/roles/rushed');
    await until(() => isWaiting('select%"roles"%for update'));
  });
  t.match((await deleting)?.json(), { status: 409, code: 'conflict' });
});

t.test('a role that is made twice at once is made once', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  let making: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await roleStore.lock(tx, 'newborn');
    await roleStore.insert(tx, 'newborn');
    making = setRole('newborn', ['k:read']);
    await until(() => isWaiting('select pg_advisory_xact_lock%'));
    t.equal((await setRole('sibling', [])).statusCode, 201, 'another one is made meanwhile');
  });
  t.equal((await making)?.statusCode, 200);
});

t.test('a role that is being deleted is given to nobody meanwhile', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  await setRole('leaving', []);
  const user = await signUp('member');
  const giving: ReturnType<typeof call>[] = [];
  await db.transaction(async (tx) => {
    await roleStore.lock(tx, 'leaving');
    await roleStore.delete(tx, 'leaving');
    giving.push(call('PATCH', `/admin/users/${user.id}`, { roles: ['leaving'] }));
    giving.push(call('POST', '/admin/users', { username: 'late.comer', password: 'a long enough password', roles: ['leaving'] }));
    await until(() => isWaiting('select%"roles"%for key share', 2));
  });
  for (const answer of giving) t.match((await answer).json(), { status: 400, errors: [{ path: 'body/roles' }] });
});

t.test('a session that is refreshed while its role loses a scope has no token with that scope', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  await setRole('racing', ['f:read', 'f:write']);
  const user = await signUp('racing');
  let setting: ReturnType<typeof call> | undefined;
  const held = await db.transaction(async (tx) => {
    // What a refresh or a sign-in reads, and then takes its time to commit.
    const [row] = await tx.select({ scopes: sql<string[]>`scopes_now(${user.id})` }).from(sql`(values (1)) as one`);
    setting = setRole('racing', ['f:read']);
    await until(() => isWaiting('select pg_advisory_xact_lock%'));
    return row?.scopes;
  });
  t.strictSame(held, ['f:read', 'f:write']);
  t.equal((await setting)?.statusCode, 200);
  t.equal(await statusOfMe(user.accessToken), 401);
  t.equal((await refreshed(user.refreshToken)).scope, 'f:read');
});

t.test('a role that is being set waits for whoever gives it, and no refresh waits for either', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  await setRole('slow', ['f:read']);
  const user = await signUp('member');
  let setting: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await roleStore.hold(tx, ['slow']);
    setting = setRole('slow', []);
    await until(() => isWaiting('select%"roles"%for update'));
    t.equal((await refresh(user.refreshToken)).statusCode, 200);
  });
  t.equal((await setting)?.statusCode, 200);
});

t.test('a refresh that waits for its session holds up no change of a role', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const user = await signUp('member');
  let refreshing: ReturnType<typeof refresh> | undefined;
  let isSet = false;
  await db.transaction(async (tx) => {
    await tx.select().from(sessions).where(eq(sessions.id, user.sessionId)).for('update');
    refreshing = refresh(user.refreshToken);
    await until(() => isWaiting('select%"sessions"%for update%'));
    void setRole('unrelated', ['f:read']).then(() => {
      isSet = true;
    });
    await until(() => isSet);
  });
  t.equal((await refreshing)?.statusCode, 200);
});

async function isWaiting(statement: string, times = 1): Promise<boolean> {
  return (await countWaiting(db, statement)) >= times;
}

t.test('of a thousand sessions each is found, whatever the batch', async (t) => {
  await setRole('many', ['g:read']);
  const user = await signUp('many');
  const rows = 2500;
  await db.execute(sql`
    insert into sessions (id, user_id, client_id, generation, seed_digest, delivery, auth_time, created_at, last_used_at, idle_expires_at, expires_at)
    select 'many' || lpad(n::text, 18, '0'), ${user.id}, 'first-party', 0, '\\x00'::bytea, 'body', now(), now(), now(), now() + interval '1 hour', now() + interval '1 hour'
    from generate_series(1, ${rows}::int) as n
  `);
  t.equal((await setRole('many', [])).statusCode, 200);
  const entries = await db
    .select({ id: revocations.id })
    .from(revocations)
    .where(and(eq(revocations.kind, 'sid'), sql`${revocations.id} like 'many%'`));
  t.equal(entries.length, rows);
});

t.test('to set a role, which may concern the sessions of many, may take longer than to delete one', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const hasty = await hastyAuth(t, auth, 100);
  await setRole('awaited', ['f:read']);
  await signUp('awaited');
  const headers = { authorization: `Bearer ${admin.accessToken}` };
  const url = '/admin/roles/awaited';
  const set = () => hasty.inject({ method: 'PUT', url, headers, payload: { scopes: [] } });
  let setting: ReturnType<typeof set> | undefined;
  await db.transaction(async (tx) => {
    await roleStore.lock(tx, 'awaited');
    setting = set();
    t.match((await hasty.inject({ method: 'DELETE', url, headers })).json(), { status: 503, code: 'unavailable' });
  });
  t.equal((await setting)?.statusCode, 200);
});
