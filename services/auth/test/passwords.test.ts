import { pbkdf2Sync } from 'node:crypto';
import { needsReal, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { createPasswordReset } from '../src/domain/people/password-reset.ts';
import { passwordResetStore } from '../src/stores/password-resets.postgres.ts';
import { audit, passwordResets, sessions, users } from '../src/stores/schema.ts';
import { claimsOf } from './claims-of.ts';
import { countWaiting } from './count-waiting.ts';
import { testAuth } from './test-auth.ts';

const { app, database } = await testAuth(t);
const { db } = database;

const post = (url: string, payload: object, token?: string) =>
  app.inject({ method: 'POST', url, payload, ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }) });

let people = 0;
const password = 'a long enough password';
const other = 'another long password';

async function signUp() {
  people += 1;
  const username = `person-${people}`;
  const { id } = (await post('/register', { username, password })).json<{ id: string }>();
  return { id, username };
}

async function signIn(username: string, secret = password) {
  return (await post('/login', { username, password: secret })).json<{
    access_token: string;
    refresh_token: string;
    code?: string;
    scope: string;
  }>();
}

const me = async (token: string) => (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode;

t.test('ASVS 6.2.1, 6.2.4, 6.2.11: registration: what is wrong is named, and what is not asked for is refused', async (t) => {
  const cases: [object, string][] = [
    [{ username: 'ab', password }, 'username'],
    [{ username: 'a'.repeat(65), password }, 'username'],
    [{ username: 'no spaces', password }, 'username'],
    [{ username: 'nul\u0000', password }, 'username'],
    [{ username: 'ümlaut', password }, 'username'],
    [{ username: 'charles', password: 'short' }, 'password'],
    [{ username: 'charles', password: 'password123' }, 'password'],
    [{ username: 'charles', password: 'countersign' }, 'password'],
    [{ username: 'charles.babbage', password: 'Charles.Babbage' }, 'password'],
    [{ username: 'charles', password, roles: ['admin'] }, 'roles'],
    [{ username: 'charles' }, 'password'],
    [{ username: 7, password }, 'username'],
  ];
  for (const [payload, named] of cases) {
    const answer = await post('/register', payload);
    t.match(answer.json(), { status: 400, code: 'validation_failed' });
    t.ok(JSON.stringify(answer.json().errors).includes(named), answer.body);
  }
  t.equal((await post('/register', { username: 'charles', password })).statusCode, 201);
  t.match((await post('/register', { username: 'CHARLES', password })).json(), { status: 409, code: 'conflict' });
  const many = await Promise.all(Array.from({ length: 8 }, (_, i) => post('/register', { username: i % 2 ? 'Racer' : 'racer', password })));
  const [one, ...others] = many.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b);
  t.equal(one, 201);
  t.ok(
    others.every((status) => status === 409 || status === 503),
    `${others}: 503 is for those whose passwords a busy machine can't hash in time`,
  );
});

t.test('ASVS 6.2.8: a password is taken exactly as received', async (t) => {
  const exact = '  Pässwörd with blanks\t🐎 ';
  t.equal((await post('/register', { username: 'exact', password: exact })).statusCode, 201);
  for (const near of [exact.trim(), exact.toLowerCase(), exact.normalize('NFD'), exact.slice(0, -1)]) {
    t.equal((await post('/login', { username: 'exact', password: near })).statusCode, 401);
  }
  t.equal((await post('/login', { username: 'exact', password: exact })).statusCode, 200);
  const long = '🐎'.repeat(127);
  t.equal((await post('/register', { username: 'long', password: `${long}a` })).statusCode, 201);
  t.equal((await post('/login', { username: 'long', password: `${long}b` })).statusCode, 401);
  t.equal((await post('/login', { username: 'long', password: `${long}a` })).statusCode, 200);
});

t.test('a scope asked for at login is narrowed to what the user has, for the whole session', async (t) => {
  const { username } = await signUp();
  const login = async (scope: string) => (await post('/login', { username, password, scope })).json();
  const narrow = await login('books:read admin');
  t.equal(narrow.scope, 'books:read');
  t.equal((await post('/refresh', { refresh_token: narrow.refresh_token })).json().scope, 'books:read');
  t.equal((await login('admin')).scope, '');
  t.equal((await login('')).scope, '', 'who asks for nothing gets nothing, and not everything');
  for (const odd of ['two  blanks', ' x', 'quo"te', 'ü']) t.match(await login(odd), { status: 400, code: 'validation_failed' });
  t.equal((await login('books:write books:read')).scope, 'books:read books:write');
});

t.test('a Werkzeug hash signs in once and is Argon2id from then on', async (t) => {
  const { id, username } = await signUp();
  const hex = pbkdf2Sync('imported password', 'salt', 1000, 32, 'sha256').toString('hex');
  await db
    .update(users)
    .set({ passwordHash: `pbkdf2:sha256:1000$salt$${hex}` })
    .where(eq(users.id, id));
  t.equal((await post('/login', { username, password: 'not this one' })).statusCode, 401);
  const [before] = await db.select().from(users).where(eq(users.id, id));
  t.match(before?.passwordHash, /^pbkdf2/, 'a wrong password changes nothing');
  t.equal((await post('/login', { username, password: 'imported password' })).statusCode, 200);
  const [after] = await db.select().from(users).where(eq(users.id, id));
  t.match(after?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.equal((await post('/login', { username, password: 'imported password' })).statusCode, 200);
});

t.test('ASVS 6.2.2, 6.2.3, 7.4.3: another password: the session that asks goes on, all others end', async (t) => {
  const { username } = await signUp();
  const [phone, laptop] = [await signIn(username), await signIn(username)];
  const change = (payload: object, token = laptop.access_token) => post('/password', payload, token);
  t.match((await change({ current_password: 'wrong one', new_password: other })).json(), { status: 403, code: 'credentials_invalid' });
  for (const [bad, message] of [
    ['short', /at least 8/],
    [username, 'must not be the username'],
  ] as const)
    t.match((await change({ current_password: password, new_password: bad })).json(), {
      status: 400,
      errors: [{ path: 'body/new_password', message }],
    });
  t.match((await post('/password', { current_password: password, new_password: other })).json(), { status: 401, code: 'token_missing' });
  t.equal((await change({ current_password: password, new_password: other })).statusCode, 204);
  t.equal(await me(laptop.access_token), 200);
  t.equal(await me(phone.access_token), 401);
  t.match((await post('/refresh', { refresh_token: phone.refresh_token })).json(), { code: 'token_revoked' });
  t.equal((await post('/refresh', { refresh_token: laptop.refresh_token })).statusCode, 200);
  t.match(await signIn(username), { code: 'credentials_invalid' });
  t.ok((await signIn(username, other)).access_token);
});

for (const first of ['sign-ins', 'change'] as const)
  t.test(`no sign-in with the old password outlives its change, where the ${first} came first to the user’s row`, async (t) => {
    // One connection, as PGlite has, lets nobody wait.
    if (!needsReal(t, 'postgres')) return;
    const { id, username } = await signUp();
    const current = await signIn(username);
    const signInThrice = () => Promise.all(Array.from({ length: 3 }, () => signIn(username)));
    const change = () => post('/password', { current_password: password, new_password: other }, current.access_token);
    // All have proved the old password when they wait for the row, in the order in which they get it.
    const begun = await db.transaction(async (tx) => {
      await tx.select().from(users).where(eq(users.id, id)).for('update');
      const [earlySignIns, earlyChange] = first === 'sign-ins' ? [signInThrice(), null] : [null, change()];
      await until(async () => (await countWaiting(db)) === (earlySignIns === null ? 1 : 3));
      const both = { signIns: earlySignIns ?? signInThrice(), changed: earlyChange ?? change() };
      await until(async () => (await countWaiting(db)) === 4);
      return both;
    });
    t.equal((await begun.changed).statusCode, 204);
    const admitted = (await begun.signIns).filter(({ access_token }) => access_token !== undefined);
    t.equal(admitted.length, first === 'sign-ins' ? 3 : 0);
    for (const { access_token, refresh_token } of admitted) {
      t.equal(await me(access_token), 401);
      t.match((await post('/refresh', { refresh_token })).json(), { code: 'token_revoked' });
    }
    t.equal(await me(current.access_token), 200);
  });

t.test('ASVS 2.3.1, 7.5.1: changing the password needs a fresh proof of it', async (t) => {
  const { id, username } = await signUp();
  const session = await signIn(username);
  await db.update(sessions).set({ authTime: sql`now() - interval '6 minutes'` }).where(eq(sessions.userId, id));
  const { access_token } = (await post('/refresh', { refresh_token: session.refresh_token })).json();
  const payload = { current_password: password, new_password: other };
  t.match((await post('/password', payload, access_token)).json(), { status: 401, code: 'reauthentication_required' });
  const fresh = (await post('/reauthenticate', { password }, access_token)).json().access_token;
  t.equal((await post('/password', payload, fresh)).statusCode, 204);
});

t.test(
  'ASVS 2.3.4, 6.4.1, 6.4.3, 15.4.2: a reset token sets a password once, ends all sessions, and no other token of the user is good afterwards',
  async (t) => {
    const { id, username } = await signUp();
    const session = await signIn(username);
    const [former, first] = [await createPasswordReset(db, passwordResetStore, id), await createPasswordReset(db, passwordResetStore, id)];
    t.match(first.resetToken, /^cs_pr_[0-9A-Za-z]{49}$/);
    t.ok(Math.abs(first.expiresAt.getTime() - Date.now() - 3_600_000) < 60_000, 'good for an hour');
    const stored = JSON.stringify(await db.select().from(passwordResets));
    t.notOk(stored.includes(first.resetToken));

    const reset = (resetToken: string, newPassword = other) =>
      post('/password/reset', { reset_token: resetToken, new_password: newPassword });
    for (const [bad, message] of [
      ['short', /at least 8/],
      [username, 'must not be the username'],
    ] as const)
      t.match((await reset(first.resetToken, bad)).json(), { status: 400, errors: [{ message }] }, 'and it is not used up by that');
    const answers = await Promise.all(Array.from({ length: 6 }, () => reset(first.resetToken)));
    t.strictSame(
      answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
      [204, 401, 401, 401, 401, 401],
    );
    t.match((await reset(former.resetToken)).json(), { status: 401, code: 'token_invalid' });
    t.match((await reset('cs_pr_nonsense')).json(), { status: 401, code: 'token_malformed' });
    const mistyped = former.resetToken.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));
    t.match((await reset(mistyped)).json(), { status: 401, code: 'token_malformed' }, 'by its checksum');
    t.equal(await me(session.access_token), 401);
    t.match(await signIn(username), { code: 'credentials_invalid' });
    t.ok((await signIn(username, other)).access_token);
    t.match(await db.select().from(audit).where(eq(audit.event, 'password_reset')), [{ subject: id }]);
  },
);

t.test('a change of the password uses up the reset tokens of its user, and nobody else’s', async (t) => {
  const [person, bystander] = [await signUp(), await signUp()];
  const mine = await createPasswordReset(db, passwordResetStore, person.id);
  const theirs = await createPasswordReset(db, passwordResetStore, bystander.id);
  const { access_token } = await signIn(person.username);
  const reset = async (resetToken: string) =>
    (await post('/password/reset', { reset_token: resetToken, new_password: 'yet another password' })).statusCode;
  const change = (current_password: string) => post('/password', { current_password, new_password: other }, access_token);
  t.equal((await change('not the password')).statusCode, 403);
  t.equal((await db.select().from(passwordResets).where(eq(passwordResets.userId, person.id))).length, 1, 'one that fails changes nothing');
  t.equal((await change(password)).statusCode, 204);
  t.equal(await reset(mine.resetToken), 401);
  t.ok((await signIn(person.username, other)).access_token);
  t.equal(await reset(theirs.resetToken), 204);
});

t.test('a change of the password that waits for the user holds none of the reset tokens, so that it and a reset go on', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { id, username } = await signUp();
  await createPasswordReset(db, passwordResetStore, id);
  const { access_token } = await signIn(username);
  let changing: ReturnType<typeof post> | undefined;
  await db.transaction(async (tx) => {
    await tx.select().from(users).where(eq(users.id, id)).for('update');
    changing = post('/password', { current_password: password, new_password: other }, access_token);
    await until(async () => (await countWaiting(db)) === 1);
    await tx.delete(passwordResets).where(eq(passwordResets.userId, id));
  });
  t.equal((await changing)?.statusCode, 204);
});

t.test('ASVS 6.4.1: a reset token is refused after an hour', async (t) => {
  const { id } = await signUp();
  const { resetToken } = await createPasswordReset(db, passwordResetStore, id);
  await db.update(passwordResets).set({ expiresAt: sql`now() - interval '1 second'` });
  t.match((await post('/password/reset', { reset_token: resetToken, new_password: other })).json(), { status: 401, code: 'token_invalid' });
});

t.test('ASVS 7.2.4: reauthentication: wrong password 403; afterwards only the presented token is refused', async (t) => {
  const { username } = await signUp();
  const session = await signIn(username);
  t.match((await post('/reauthenticate', { password: 'wrong one' }, session.access_token)).json(), {
    status: 403,
    code: 'credentials_invalid',
  });
  t.equal(await me(session.access_token), 200);
  const fresh = (await post('/reauthenticate', { password }, session.access_token)).json();
  t.equal(await me(session.access_token), 401);
  t.equal(await me(fresh.access_token), 200);
  t.equal((await post('/refresh', { refresh_token: session.refresh_token })).statusCode, 200);
});

t.test('reauthentication gives no more than the token that it takes the place of', async (t) => {
  const { username } = await signUp();
  const refreshFor = async (form: Record<string, string>) => {
    const { refresh_token } = await signIn(username);
    const payload = new URLSearchParams({ grant_type: 'refresh_token', client_id: 'first-party', refresh_token, ...form }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return (await app.inject({ method: 'POST', url: '/oauth/token', headers, payload })).json<{ access_token: string }>().access_token;
  };
  const proveWith = async (token: string) => {
    const { access_token, scope } = (await post('/reauthenticate', { password }, token)).json<{ access_token: string; scope: string }>();
    t.equal(claimsOf(access_token).scope, scope);
    return { scope, aud: claimsOf(access_token).aud };
  };
  const [whole, api, onlyAuth] = ['books:read books:write', 'urn:countersign:api', 'urn:countersign:auth'];
  t.strictSame(await proveWith(await refreshFor({ scope: 'books:read' })), { scope: 'books:read', aud: api });
  t.strictSame(await proveWith(await refreshFor({ resource: onlyAuth })), { scope: whole, aud: onlyAuth });
  t.strictSame(await proveWith(await refreshFor({})), { scope: whole, aud: api }, 'their twin');
});
