import { needsReal, until } from '@countersign/testing';
import { and, eq } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { audit, sessions, users } from '../src/stores/schema.ts';
import { testAuth } from './test-auth.ts';

const auth = await testAuth(t, { LOGIN_FAILURES_PER_ACCOUNT: '4', TRUST_PROXY: '127.0.0.1' });
const { app, database, redis } = auth;
const { db } = database;

let people = 0;

async function signUp() {
  people += 1;
  const credentials = { username: `person${people}`, password: 'a long enough password' };
  await app.inject({ method: 'POST', url: '/register', payload: credentials });
  return credentials;
}

const login = async (payload: { username: string; password: string }, from = '198.51.100.1') => {
  const answer = await app.inject({ method: 'POST', url: '/login', payload, headers: { 'x-forwarded-for': from } });
  return {
    status: answer.statusCode,
    retryAfter: Number(answer.headers['retry-after']),
    ...answer.json<{ code?: string; detail?: string; refresh_token?: string; access_token?: string }>(),
  };
};

async function guess(username: string, times: number, from?: string) {
  const answers = [];
  for (let i = 0; i < times; i++) answers.push(await login({ username, password: `wrong password ${i}` }, from));
  return answers;
}

t.test('ASVS 6.3.8: unknown user, wrong password and disabled account get one answer', async (t) => {
  const ada = await signUp();
  const bob = await signUp();
  await db.update(users).set({ disabledAt: new Date() }).where(eq(users.username, bob.username));
  const answers = [
    await login({ ...ada, password: 'not hers, surely' }),
    await login(bob),
    await login({ ...ada, username: 'nobody' }),
    await login({ ...ada, username: 'no such name!' }),
    await login({ ...ada, username: 'no\0name' }),
  ];
  const bodies = answers.map(({ status, code, detail }) => ({ status, code, detail }));
  t.match(bodies[0], { status: 401, code: 'credentials_invalid' });
  for (const body of bodies) t.strictSame(body, bodies[0]);
  t.equal((await login(ada)).status, 200);
});

t.test(
  'after so many failures the next try waits, whoever makes it and whatever the password, and Retry-After says how long',
  async (t) => {
    const ada = await signUp();
    t.strictSame(new Set((await guess(ada.username, 4)).map(({ status }) => status)), new Set([401]));
    const refused = await login(ada);
    t.match(refused, { status: 429, code: 'rate_limited' });
    t.ok(refused.retryAfter >= 1 && refused.retryAfter <= 5, `Retry-After: ${refused.retryAfter}`);
    t.equal((await guess(ada.username.toUpperCase(), 1))[0]?.status, 429, 'in any case of its letters');
    t.equal((await guess(ada.username, 1, '203.0.113.99'))[0]?.status, 429, 'from any address that is not known');
    t.equal((await login(await signUp())).status, 200, 'other accounts are not concerned');
    const blocks = await redis.redis.keys(`${redis.keyPrefix}countersign:login:*:blocked`);
    t.equal(blocks.length, 1);
    const leftMs = await redis.redis.pttl(String(blocks[0]));
    t.ok(leftMs > 0 && leftMs <= refused.retryAfter * 1000, `${leftMs} ms are left`);
    // In place of waiting: all of it goes by at once.
    await redis.redis.pexpire(String(blocks[0]), 1);
    await until(async () => (await redis.redis.exists(String(blocks[0]))) === 0);
    t.equal((await login(ada)).status, 200, 'and when the time is over the right password is right again');
  },
);

t.test('ASVS 6.3.8: an unknown account is throttled as a known one is', async (t) => {
  const answers = await guess('who.is.this', 5);
  t.strictSame(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 429],
  );
});

t.test('of a storm of guesses at once only as many are answered as are free', async (t) => {
  const ada = await signUp();
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => login({ ...ada, password: `guess number ${i}` })));
  t.equal(answers.filter(({ status }) => status === 401).length, 4);
  t.equal(answers.filter(({ status }) => status === 429).length, 8);
  const told = await db
    .select()
    .from(audit)
    .innerJoin(users, eq(users.id, audit.subject))
    .where(and(eq(users.username, ada.username), eq(audit.event, 'login_failed')));
  t.equal(told.length, 4, 'and the audit log tells of no others');
});

t.test(
  'ASVS 6.3.1: strangers can not lock the owner out: neither where the owner has signed in before, nor a session that goes on',
  async (t) => {
    const ada = await signUp();
    const home = '2001:db8:1:2::aaaa';
    const session = await login(ada, home);
    t.equal(session.status, 200);
    await guess(ada.username, 5, '203.0.113.5');
    t.equal((await login(ada, '203.0.113.5')).status, 429);
    t.equal((await login(ada, '2001:db8:1:2::bbbb')).status, 200, 'the same /64');
    t.equal((await login(ada, '2001:db8:1:3::1')).status, 429, 'another one');
    const refreshed = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: session.refresh_token } });
    t.equal(refreshed.statusCode, 200);
  },
);

t.test('the owner is known again however a socket or a proxy spells the address', async (t) => {
  for (const home of ['::ffff:192.0.2.77', 'fe80::77%eth0', 'unknown']) {
    const ada = await signUp();
    t.equal((await login(ada, home)).status, 200, home);
    await guess(ada.username, 5, '203.0.113.5');
    t.equal((await login(ada, home)).status, 200, `${home}, again`);
  }
});

t.test('a sign-in wipes out the failures before it', async (t) => {
  const ada = await signUp();
  for (let round = 0; round < 3; round++) {
    await guess(ada.username, 3);
    t.equal((await login(ada)).status, 200);
  }
});

t.test('the audit log tells of failures and sign-ins, and holds no password', async (t) => {
  const ada = await signUp();
  const [user] = await db.select().from(users).where(eq(users.username, ada.username));
  await guess(ada.username, 1, '203.0.113.7');
  await login(ada, '203.0.113.7');
  const events = await db.select().from(audit).where(eq(audit.ip, '203.0.113.7')).orderBy(audit.id);
  t.match(events, [
    { event: 'login_failed', actor: null, subject: user?.id },
    { event: 'login', actor: user?.id },
  ]);
  t.notOk(JSON.stringify(events).includes('password '));
});

t.test('guesses at the password of a session are limited by themselves', async (t) => {
  const ada = await signUp();
  const { access_token } = await login(ada);
  const prove = async (password: string) =>
    (
      await app.inject({
        method: 'POST',
        url: '/reauthenticate',
        payload: { password },
        headers: { authorization: `Bearer ${access_token}` },
      })
    ).json();
  for (let i = 0; i < 4; i++) t.match(await prove('not the password'), { status: 403, code: 'credentials_invalid' });
  t.match(await prove(ada.password), { status: 429, code: 'rate_limited' });
  t.equal((await login(ada)).status, 200, 'and the owner can sign in');
});

t.test('two instances count failures together', async (t) => {
  const other = await auth.start({
    LOGIN_FAILURES_PER_ACCOUNT: '4',
  });
  const ada = await signUp();
  await guess(ada.username, 4);
  const answer = await other.inject({ method: 'POST', url: '/login', payload: ada });
  t.match(answer.json(), { status: 429, code: 'rate_limited' });
});

t.test('ASVS 15.3.4: an address that nobody we trust names is not believed', async (t) => {
  const ada = await signUp();
  await login(ada, '198.51.100.77, 203.0.113.8');
  const rows = await db.select({ ip: sessions.ip }).from(sessions).where(eq(sessions.ip, '198.51.100.77'));
  t.equal(rows.length, 0, 'the trusted proxy’s own entry counts, not what the client wrote before it');
  t.equal((await db.select().from(sessions).where(eq(sessions.ip, '203.0.113.8'))).length, 1);
});

t.test('ASVS 2.4.1, 6.3.1: attempts of one address are limited a minute, on each instance and together', async (t: Test) => {
  const limited = await auth.start({
    LOGIN_ATTEMPTS_PER_ADDRESS: '5',
  });
  let tries = 0;
  const attempt = (from: string) =>
    limited.inject({
      method: 'POST',
      url: '/login',
      payload: { username: `someone${tries++}`, password: 'y' },
      headers: { 'x-forwarded-for': from },
    });
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await attempt(`2001:db8:9:9::${i}`)).statusCode);
  t.equal(statuses.at(-1), 429, statuses.join(' '));
  const refused = await attempt('2001:db8:9:9::f');
  t.match(refused.json(), { status: 429, code: 'rate_limited' });
  t.ok(Number(refused.headers['retry-after']) > 1);
  t.not((await attempt('2001:db8:9:a::1')).statusCode, 429);
});

t.test('ASVS 16.5.2: while Redis is away the limits go on in memory, and nothing is refused for want of it', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const ada = await signUp();
  const session = await login(ada, '203.0.113.20');
  redis.pause();
  t.teardown(() => redis.resume());
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${session.access_token}` } })).statusCode, 200);
  t.equal((await login(ada, '203.0.113.21')).status, 200);
  const answers = await guess(ada.username, 5, '203.0.113.22');
  t.strictSame(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 429],
  );
  const logout = await app.inject({ method: 'POST', url: '/logout', payload: { token: session.refresh_token } });
  t.equal(logout.statusCode, 204);
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${session.access_token}` } })).statusCode, 401);
});
