import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { createPasswordReset } from '../src/domain/people/password-reset.ts';
import { passwordResetStore } from '../src/stores/password-resets.postgres.ts';
import { clients, passwordResets, sessions, users } from '../src/stores/schema.ts';
import { claimsOf } from './claims-of.ts';
import { administeredAuth } from './routes/admin/administered-auth.ts';
import { testAuth } from './test-auth.ts';

const auth = await administeredAuth(t);
const { app, call, signUp, signIn, statusOfMe } = auth;
const { db } = auth.database;

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const post = (url: string, payload: object | string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers });

t.test('ASVS 1.2.1: what was written comes out encoded as the JSON that it says it is, whatever it holds', async (t) => {
  const name = `"</script><img src=x onerror=alert(1)>\\ '`;
  const made = await call('POST', '/admin/clients', { name, scopes: [] });
  t.match(made.headers, { 'content-type': /^application\/json/, 'x-content-type-options': 'nosniff' });
  t.equal(made.json<{ name: string }>().name, name);
});

t.test('ASVS 1.2.4: what looks like SQL is a name or a value like any other', async (t) => {
  for (const username of ["' or ''='", "x'; drop table users; --", 'admin"--', '\\']) {
    t.equal((await signIn({ username, password: "' or ''='" })).statusCode, 401, username);
    t.equal((await call('GET', `/admin/users/${encodeURIComponent(username)}`)).statusCode, 404, username);
  }
  t.equal(await statusOfMe(auth.admin.accessToken), 200);
});

t.test('ASVS 1.3.12: a text made to keep a regular expression busy is answered at once', async (t) => {
  const bearer = (token: string) => app.inject({ url: '/me', headers: { authorization: token } });
  for (const part of ['a', ' ', '0', '-', '.', 'eyJ', 'cs_rt_', '$argon2id$', ':', '%20', '=', ',']) {
    const text = part.repeat(Math.floor(15_000 / part.length));
    const began = performance.now();
    const { length } = await Promise.all([
      ...[
        bearer(`Bearer ${text}!`),
        bearer(`${text}\t!`),
        post('/refresh', { refresh_token: `${text}!` }),
        post('/logout', { token: `${text}!` }),
      ],
      ...[post('/login', { username: `${text}!`, password: 'x' }), post('/login', { username: 'x', password: 'x', scope: `${text}!` })],
      ...[app.inject(`/${text}`), app.inject(`/me?x=${text}!`), post('/oauth/token', `grant_type=${text}!&scope=${text}`, FORM)],
    ]);
    t.ok(performance.now() - began < 1000, `${length} requests of ${part}…`);
  }
});

t.test('ASVS 2.3.3: when one part of a change fails, nothing of it happens', async (t) => {
  const person = await signUp('member');
  await db.execute(sql`create function refuse_password_changed() returns trigger language plpgsql as
    $$ begin if new.event = 'password_changed' then raise exception 'the audit log fails' using errcode = '53300'; end if; return new; end $$`);
  await db.execute(sql`create trigger fails before insert on audit for each row execute function refuse_password_changed()`);
  const other = await signIn(person);
  const change = { current_password: person.password, new_password: 'quite another password' };
  t.equal((await call('POST', '/password', change, person.accessToken)).statusCode, 503);
  t.equal(await statusOfMe(other.json().access_token), 200, 'no session has ended');
  t.equal((await signIn(person)).statusCode, 200, 'the password is the former one');
  await db.execute(sql`drop trigger fails on audit`);
  t.equal((await call('POST', '/password', change, person.accessToken)).statusCode, 204, 'its twin');
  t.equal(await statusOfMe(other.json().access_token), 401);
});

t.test('ASVS 3.5.2: no sign-in, refresh or change comes from a form that a browser sends without a preflight', async (t) => {
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain']) {
    for (const url of ['/login', '/register', '/refresh', '/logout', '/password/reset', '/reauthenticate', '/admin/users']) {
      const authorization = `Bearer ${auth.admin.accessToken}`;
      t.equal((await post(url, '{"a":"b"}', { 'content-type': type, authorization })).statusCode, 415, `${url} ${type}`);
    }
  }
  t.equal((await post('/login', { username: auth.admin.username, password: auth.admin.password })).statusCode, 200, 'their twin');
});

t.test('ASVS 3.5.3, 4.1.4: nothing changes by GET, HEAD or OPTIONS', async (t) => {
  const { accessToken, sessionId } = await signUp('admin');
  const routes = ['/logout', '/refresh', '/login', '/register', '/password', '/reauthenticate', '/oauth/token', '/oauth/revoke'];
  for (const url of [...routes, '/admin/keys/rotate', '/admin/sessions', `/sessions/${sessionId}`]) {
    for (const method of ['GET', 'HEAD', 'TRACE'] as const)
      t.equal((await call(method as 'GET', url, undefined, accessToken)).statusCode, 405, `${method} ${url}`);
    t.match((await call('OPTIONS' as 'GET', url, undefined, accessToken)).headers.allow, /^(?!.*GET)/, url);
  }
  t.equal(await statusOfMe(accessToken), 200);
});

t.test('ASVS 3.5.6: no answer is a script that another page could load', async (t) => {
  const answer = await call('GET', '/me?callback=steal&jsonp=steal');
  t.match(answer.headers['content-type'], /^application\/json/);
  t.notMatch(answer.body, /steal/);
  t.equal((await call('GET', '/me')).statusCode, 200, 'its twin');
});

t.test('ASVS 6.2.10: a password is good for as long as its owner keeps it', async (t) => {
  const person = await signUp('member');
  await db
    .update(users)
    .set({ createdAt: sql`now() - interval '9 years'`, updatedAt: sql`now() - interval '9 years'` })
    .where(eq(users.id, person.id));
  const answer = await signIn(person);
  t.equal(answer.statusCode, 200);
  t.strictSame(Object.keys(answer.json()).toSorted(), [
    'access_token',
    'expires_in',
    'refresh_expires_in',
    'refresh_token',
    'scope',
    'token_type',
  ]);
});

t.test('ASVS 6.2.11: the words that a deployment names are no password, wherever one is set', async (t) => {
  const named = await testAuth(t, {
    PASSWORD_DENY_WORDS: 'acme, Rocket Skates',
    ADMIN_USERNAME: 'wile',
    ADMIN_PASSWORD: 'Super genius, 1949',
  });
  const login = { username: 'wile', password: 'Super genius, 1949' };
  const { access_token } = (await named.app.inject({ method: 'POST', url: '/login', payload: login })).json<{ access_token: string }>();
  const coyote = { username: 'coyote', password: 'Fast and furry-ous, 1949' };
  const { id } = (await named.app.inject({ method: 'POST', url: '/register', payload: coyote })).json<{ id: string }>();
  const { resetToken } = await createPasswordReset(named.database.db, passwordResetStore, id);
  const set = (url: string, payload: object) =>
    named.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${access_token}` } });
  const ways = (password: string): [string, object][] => [
    ['/register', { username: 'roadrunner', password }],
    ['/admin/users', { username: 'roadrunner2', password }],
    ['/password', { current_password: login.password, new_password: password }],
    ['/password/reset', { reset_token: resetToken, new_password: password }],
  ];
  for (const [url, payload] of ways('Acme-Rocket-Skates-2026'))
    t.match((await set(url, payload)).json(), { status: 400, code: 'validation_failed' }, url);
  for (const [url, payload] of ways('no rocket, no skates')) t.ok((await set(url, payload)).statusCode < 300, `${url}, its twin`);
  await t.rejects(testAuth(t, { PASSWORD_DENY_WORDS: 'acme,x1' }), /PASSWORD_DENY_WORDS must be words of at least 3 letters/);
});

t.test('ASVS 6.3.2, 13.2.3: a new deployment has no user and no client', async (t) => {
  const fresh = await testAuth(t);
  t.strictSame([await fresh.database.db.$count(users), await fresh.database.db.$count(clients)], [0, 0]);
  for (const password of ['admin', 'password', 'countersign', '']) {
    const answer = await fresh.app.inject({ method: 'POST', url: '/login', payload: { username: 'admin', password } });
    t.not(answer.statusCode, 200, password);
  }
});

t.test('ASVS 6.4.2: there is neither a hint nor a secret question', async (t) => {
  const payload = { username: 'hinted', password: 'a long enough password' };
  for (const more of [{ hint: 'the usual' }, { question: 'first pet', answer: 'Rex' }])
    t.match((await post('/register', { ...payload, ...more })).json(), { status: 400, code: 'validation_failed' });
  t.equal((await post('/register', payload)).statusCode, 201);
});

t.test('ASVS 6.4.6: no administrator sets the password of somebody who has one', async (t) => {
  const person = await signUp('member');
  for (const payload of [
    { password: 'chosen by somebody else' },
    { password_hash: 'x' },
    { disabled: false, new_password: 'chosen by somebody else' },
  ])
    t.match((await call('PATCH', `/admin/users/${person.id}`, payload)).json(), { status: 400, code: 'validation_failed' });
  t.equal((await call('PATCH', `/admin/users/${person.id}`, { disabled: false })).statusCode, 200, 'their twin');
  t.equal((await signIn(person)).statusCode, 200);
});

t.test('ASVS 6.5.2, 6.5.3, 6.6.3: a reset token is 256 random bits, kept as a hash, and guesses at it are limited', async (t) => {
  const limited = await testAuth(t, { LOGIN_ATTEMPTS_PER_ADDRESS: '3' });
  const { id } = (
    await limited.app.inject({ method: 'POST', url: '/register', payload: { username: 'ada', password: 'a long enough password' } })
  ).json();
  const { resetToken } = await createPasswordReset(limited.database.db, passwordResetStore, id);
  t.match(resetToken, /^cs_pr_[0-9A-Za-z]{43}[0-9A-Za-z]{6}$/);
  t.notOk(JSON.stringify(await limited.database.db.select().from(passwordResets)).includes(resetToken.slice(6, 20)));
  const guess = (token: string) =>
    limited.app.inject({ method: 'POST', url: '/password/reset', payload: { reset_token: token, new_password: 'another long password' } });
  const wrong = (await Promise.all(Array.from({ length: 3 }, () => guess(`cs_pr_${'0'.repeat(49)}`)))).map(({ statusCode }) => statusCode);
  t.strictSame(wrong, [401, 401, 401]);
  t.equal((await guess(resetToken)).statusCode, 429, 'this address has to wait, with the right one too');
});

t.test('ASVS 7.6.2: nobody is signed in but by signing in', async (t) => {
  const before = await db.$count(sessions);
  const answer = await post('/register', { username: 'onlyregistered', password: 'a long enough password' });
  t.strictSame(Object.keys(answer.json()).toSorted(), ['id', 'roles', 'username']);
  t.notOk('set-cookie' in answer.headers);
  t.equal(await db.$count(sessions), before);
});

t.test('ASVS 8.2.2: an id of somebody else is nobody’s', async (t) => {
  const [ada, bob] = [await signUp('member'), await signUp('member')];
  t.equal((await call('DELETE', `/sessions/${bob.sessionId}`, undefined, ada.accessToken)).statusCode, 404);
  t.equal((await call('DELETE', `/sessions/${'0'.repeat(22)}`, undefined, ada.accessToken)).statusCode, 404, 'as one that does not exist');
  t.equal(await statusOfMe(bob.accessToken), 200);
  t.equal((await call('DELETE', `/sessions/${bob.sessionId}`, undefined, bob.accessToken)).statusCode, 204, 'its twin');
});

t.test('ASVS 8.2.3, 15.3.3: nobody writes a field that is not theirs to write', async (t) => {
  const registration = { username: 'writer', password: 'a long enough password' };
  for (const field of ['roles', 'id', 'disabled', 'password_hash', 'created_at', 'scope', '__proto__', 'constructor']) {
    const payload = `{"username":"writer","password":"a long enough password","${field}":["admin"]}`;
    t.match(
      (await post('/register', payload, { 'content-type': 'application/json' })).json(),
      { status: 400, code: 'validation_failed' },
      field,
    );
  }
  t.strictSame((await post('/register', registration)).json().roles, ['member'], 'their twin');
  const person = await signUp('member');
  for (const field of ['id', 'username', 'password_hash', 'created_at', 'scope'])
    t.match((await call('PATCH', `/admin/users/${person.id}`, { [field]: 'other' })).json(), { status: 400 }, field);
});

t.test('ASVS 8.4.1: a token of one deployment is nothing in another', async (t) => {
  const other = await testAuth(t, { ISSUER: 'http://other.localhost:8080' });
  const token = auth.admin.accessToken;
  const there = await other.app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } });
  t.match(there.json(), { status: 401, code: 'token_invalid' });
  const refresh = await other.app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: auth.admin.refreshToken } });
  t.match(refresh.json(), { status: 401, code: 'token_invalid' });
  t.equal(await statusOfMe(token), 200, 'its twin');
});

t.test('ASVS 10.3.3: a name that is free again is another user', async (t) => {
  const first = await signUp('member');
  t.equal((await call('DELETE', `/admin/users/${first.id}`)).statusCode, 204);
  const { id } = (await post('/register', { username: first.username, password: first.password })).json<{ id: string }>();
  const { access_token } = (await signIn(first)).json<{ access_token: string }>();
  t.not(id, first.id);
  t.equal(claimsOf(access_token).sub, id);
  t.equal(await statusOfMe(first.accessToken), 401);
});

t.test('ASVS 10.4.4: neither the password grant nor the implicit one is offered', async (t) => {
  const { username, password } = auth.admin;
  for (const grant of ['password', 'implicit', 'authorization_code', 'urn:ietf:params:oauth:grant-type:device_code']) {
    const form = new URLSearchParams({ grant_type: grant, username, password, client_id: 'first-party' }).toString();
    t.match((await post('/oauth/token', form, FORM)).json(), { error: 'unsupported_grant_type' }, grant);
  }
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'first-party',
    refresh_token: (await signUp('member')).refreshToken,
  });
  t.equal((await post('/oauth/token', form.toString(), FORM)).statusCode, 200, 'their twin');
});

t.test('ASVS 10.4.9, 10.7.3: whoever granted a session sees it and takes it back', async (t) => {
  const person = await signUp('member');
  const second = (await signIn(person)).json<{ access_token: string; refresh_token: string }>();
  const list = (await call('GET', '/sessions', undefined, person.accessToken)).json<{ id: string; current: boolean }[]>();
  t.equal(list.length, 2);
  const other = list.find(({ current }) => !current)?.id;
  t.equal((await call('DELETE', `/sessions/${other}`, undefined, person.accessToken)).statusCode, 204);
  t.equal((await auth.refresh(second.refresh_token)).statusCode, 401);
  t.equal((await auth.refresh(person.refreshToken)).statusCode, 200, 'its twin');
});

t.test('ASVS 12.1.3: a certificate that only a header tells of proves nobody', async (t) => {
  const claimed = {
    'x-client-cert': 'MIIB',
    'x-ssl-client-verify': 'SUCCESS',
    'x-ssl-client-s-dn': 'CN=admin',
    'x-forwarded-client-cert': 'Subject="CN=admin"',
    'x-auth-subject': auth.admin.id,
    'x-auth-roles': 'admin',
  };
  t.match((await app.inject({ url: '/admin/users', headers: claimed })).json(), { status: 401, code: 'token_missing' });
  const form = 'grant_type=client_credentials&client_id=worker-1';
  t.match((await post('/oauth/token', form, { ...FORM, ...claimed })).json(), { error: 'invalid_client' });
  const authorization = `Bearer ${auth.admin.accessToken}`;
  t.equal((await app.inject({ url: '/admin/users', headers: { ...claimed, authorization } })).statusCode, 200, 'its twin');
});

t.test('ASVS 13.4.3: no folder, no file and no page of a tool is served', async (t) => {
  for (const url of [
    '/',
    '/.git/config',
    '/.env',
    '/package.json',
    '/src/',
    '/docs/',
    '/admin',
    '/admin/',
    '/debug',
    '/node_modules/',
    '/..%2fpackage.json',
  ])
    t.equal((await call('GET', url)).statusCode, 404, url);
  t.equal((await call('GET', '/docs')).statusCode, 200, 'their twin');
});

t.test('ASVS 14.2.1: a token in the address is none', async (t) => {
  const { accessToken, refreshToken } = await signUp('member');
  t.match((await app.inject(`/me?access_token=${accessToken}`)).json(), { status: 401, code: 'token_missing' });
  t.match((await post(`/refresh?refresh_token=${refreshToken}`, {})).json(), { status: 401, code: 'token_missing' });
  t.equal(
    (await post(`/oauth/token?grant_type=refresh_token&refresh_token=${refreshToken}`, 'client_id=first-party', FORM)).statusCode,
    400,
  );
  t.equal((await post('/refresh', { refresh_token: refreshToken })).statusCode, 200, 'their twin');
});

t.test('ASVS 14.2.5: no address looks like a file and answers with what is somebody’s', async (t) => {
  for (const url of ['/me/style.css', '/me.css', '/me;style.css', '/me/', '/me%2fstyle.css', '/sessions.js'])
    t.equal((await call('GET', url)).statusCode, 404, url);
  t.equal((await call('GET', '/me')).headers['cache-control'], 'no-store');
});

t.test('ASVS 15.3.1, 14.2.6: an answer about a user holds what is asked for, and nothing of the password', async (t) => {
  const { id } = await signUp('member');
  t.strictSame(Object.keys((await call('GET', '/me')).json()).toSorted(), ['id', 'roles', 'scope', 'session_id', 'username']);
  const user = (await call('GET', `/admin/users/${id}`)).json<object>();
  t.notMatch(JSON.stringify(user), /argon2|password|hash|seed|digest/);
});

t.test('ASVS 15.3.5, 15.3.7: what is given twice, or as another type, is refused and not chosen from', async (t) => {
  const { username, password } = auth.admin;
  t.equal((await call('GET', '/admin/users?limit=1&limit=2')).statusCode, 400);
  t.equal((await call('GET', '/admin/users?limit=1')).statusCode, 200);
  for (const payload of [
    { username: [username], password },
    { username, password: { $ne: '' } },
    { username, password: true },
    [username, password],
  ])
    t.equal((await post('/login', payload)).statusCode, 400, JSON.stringify(payload));
  t.equal((await post('/login', { username, password })).statusCode, 200);
  const { refreshToken } = await signUp('member');
  const form = `grant_type=refresh_token&client_id=first-party&refresh_token=${refreshToken}`;
  t.match((await post('/oauth/token', `${form}&refresh_token=${refreshToken}`, FORM)).json(), { error: 'invalid_request' });
  t.match((await post('/oauth/token', `${form}&client_id=first-party`, FORM)).json(), { error: 'invalid_request' });
  t.equal((await post('/oauth/token', form, FORM)).statusCode, 200);
});
