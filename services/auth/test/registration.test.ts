import { needsReal, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { audit, users } from '../src/stores/schema.ts';
import { countWaiting } from './count-waiting.ts';
import { testAuth } from './test-auth.ts';

const admin = { username: 'root.admin', password: 'the first of them all' };
const auth = await testAuth(t, { REGISTRATION: 'closed', ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password });

const login = (payload: object, app = auth.app) => app.inject({ method: 'POST', url: '/login', payload });

t.test('closed registration refuses everybody, whatever they send', async (t) => {
  for (const payload of [{ username: 'charles', password: 'a long enough password' }, { username: 'x' }, '']) {
    const answer = await auth.app.inject({ method: 'POST', url: '/register', payload });
    t.match(answer.json(), { status: 403, code: 'forbidden' });
  }
});

t.test('the first administrator is made once, and a changed setting changes nobody', async (t) => {
  const answer = await login(admin);
  t.equal(answer.json().scope, 'admin books:delete books:read books:write');
  const again = await auth.start({
    ADMIN_PASSWORD: 'quite another password',
  });
  t.equal((await login(admin, again)).statusCode, 200);
  t.equal((await login({ ...admin, password: 'quite another password' }, again)).statusCode, 401);
  const renamed = await auth.start({ ADMIN_USERNAME: 'another.admin' });
  t.equal((await login({ ...admin, username: 'another.admin' }, renamed)).statusCode, 401, 'nor does another name add one');
});

t.test(
  'of several instances that start at once on an empty database one makes the administrator, and the others start as well',
  async (t) => {
    // PGlite has one connection, on which nobody waits.
    if (!needsReal(t, 'postgres')) return;
    const { database, start } = await testAuth(t);
    const { db } = database;
    const env = { ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password };
    let starting: ReturnType<typeof start>[] = [];
    await db.transaction(async (tx) => {
      await tx.execute(sql`lock table ${users} in share row exclusive mode`);
      starting = [start(env), start(env)];
      await until(async () => (await countWaiting(db, 'insert into "users"%')) === 2);
    });
    for (const instance of await Promise.all(starting)) t.equal((await login(admin, instance)).statusCode, 200);
    const told = await db.select().from(audit).where(eq(audit.event, 'user_registered'));
    t.strictSame(
      told.map(({ details }) => details),
      [{ roles: ['admin'], first: true }],
    );
  },
);

t.test('half an administrator, half a worker’s client, or a password that is too easy, is a fault at start', async (t) => {
  const fresh = { REGISTRATION: 'open' };
  await t.rejects(testAuth(t, { ...fresh, ADMIN_USERNAME: 'admin' }), /ADMIN_PASSWORD is required with ADMIN_USERNAME/);
  await t.rejects(testAuth(t, { ...fresh, WORKER_CLIENT_ID: 'worker-1' }), /WORKER_CLIENT_SECRET is required with WORKER_CLIENT_ID/);
  await t.rejects(
    testAuth(t, { ...fresh, ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'password123' }),
    /ADMIN_PASSWORD is among the most common/,
  );
  await t.rejects(
    testAuth(t, { ...fresh, ADMIN_USERNAME: 'admin1234', ADMIN_PASSWORD: 'Admin1234' }),
    /ADMIN_PASSWORD must not be the username/,
  );
});

t.test('a password that is too easy is told at once with what else is wrong', async (t) => {
  const faults = { REGISTRATION: 'shut', ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'short' };
  await t.rejects(testAuth(t, faults), /ADMIN_PASSWORD must have at least 8 characters.*REGISTRATION must be one of/s);
  await t.rejects(
    testAuth(t, { ...faults, ADMIN_PASSWORD: 'password123' }),
    /ADMIN_PASSWORD is among the most common.*REGISTRATION must be/s,
  );
});

t.test('the name of somebody else does not become the administrator, nor in silence nobody', async (t) => {
  const open = await testAuth(t);
  const taken = { username: 'admin', password: 'a long enough password' };
  t.equal((await open.app.inject({ method: 'POST', url: '/register', payload: taken })).statusCode, 201);
  await t.rejects(
    open.start({ ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: admin.password }),
    /ADMIN_USERNAME is the name of an existing user/,
  );
});

t.test('a name is one name in any case, whatever the collation of the database', async (t) => {
  // PGlite has no other collation.
  if (!needsReal(t, 'postgres')) return;
  const { app, database } = await testAuth(t);
  // In Turkish the small letter of I is another one than i.
  await database.db.execute(sql`alter table users alter column username type text collate "tr-x-icu"`);
  const post = (url: string, username: string, more = {}) =>
    app.inject({ method: 'POST', url, payload: { username, password: 'a long enough password', ...more } });
  t.equal((await post('/register', 'INGRID')).statusCode, 201);
  t.match((await post('/register', 'ingrid')).json(), { code: 'conflict' });
  t.equal((await post('/login', 'ingrid')).statusCode, 200);
});
