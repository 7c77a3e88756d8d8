import { and, eq } from 'drizzle-orm';
import t from 'tap';
import { revocations, users } from '../../../src/stores/schema.ts';
import { claimsOf } from '../../claims-of.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, database, admin, signUp, signIn, refresh, call, statusOfMe, events } = await administeredAuth(t);
const { db } = database;

const password = 'a long enough password';
const gone = { status: 404, code: 'not_found' };
const entriesOf = (sessionId: string) =>
  db
    .select()
    .from(revocations)
    .where(and(eq(revocations.kind, 'sid'), eq(revocations.id, sessionId)));

t.test('an administrator makes a user, who is a member unless roles say otherwise', async (t) => {
  const made = await call('POST', '/admin/users', { username: 'Grace', password });
  t.equal(made.statusCode, 201, made.body);
  t.strictSame(Object.keys(made.json()).toSorted(), ['created_at', 'disabled', 'id', 'roles', 'username']);
  t.match(made.json(), { id: /^[0-9A-Za-z]{22}$/, username: 'Grace', disabled: false });
  t.strictSame(made.json().roles, ['member']);
  t.equal(made.headers.location, `/admin/users/${made.json().id}`);
  t.equal(made.headers['cache-control'], 'no-store');
  t.strictSame((await call('GET', `/admin/users/${made.json().id}`)).json(), made.json());
  t.equal((await signIn({ username: 'grace', password })).statusCode, 200);

  const both = await call('POST', '/admin/users', { username: 'Joan', password, roles: ['member', 'admin'] });
  t.strictSame(both.json().roles, ['admin', 'member']);
  const none = await call('POST', '/admin/users', { username: 'Nobody', password, roles: [] });
  t.strictSame(none.json().roles, []);
  t.match(await events(both.json().id), [
    {
      event: 'user_created',
      actor: admin.id,
      ip: '127.0.0.1',
      requestId: both.headers['x-request-id'],
      details: { roles: ['member', 'admin'] },
    },
  ]);
});

t.test('a user is made only of what may be given, and is right', async (t) => {
  const username = 'katherine';
  const cases: [object | string, number, string][] = [
    [{ username, password: 'short' }, 400, 'password'],
    [{ username: 'katherine.johnson', password: 'Katherine.Johnson' }, 400, 'must not be the username'],
    [{ username: 'k', password }, 400, 'username'],
    [{ username }, 400, 'password'],
    [{ username, password, roles: ['root'] }, 400, 'roles'],
    [{ username, password, roles: ['member', 'member'] }, 400, 'roles'],
    [{ username, password, roles: 'admin' }, 400, 'roles'],
    [{ username, password, roles: ['\u0000'] }, 400, 'roles'],
    [{ username, password, id: 'x' }, 400, 'id'],
    [{ username, password, disabled: true }, 400, 'disabled'],
    [{ username, password, password_hash: 'x' }, 400, 'password_hash'],
    [{ username: 'GRACE', password }, 409, 'taken'],
    ['', 400, ''],
  ];
  for (const [payload, status, named] of cases) {
    const answer = await call('POST', '/admin/users', payload);
    t.equal(answer.statusCode, status, JSON.stringify(payload));
    t.ok(answer.body.includes(named), answer.body);
  }
  t.equal((await call('POST', '/admin/users', { username, password, roles: ['member'] })).statusCode, 201);
});

t.test('users are listed by name, page after page, each once', async (t) => {
  const all: string[] = [];
  let url = '/admin/users?limit=3';
  for (let pages = 0; url !== '' && pages < 50; pages += 1) {
    const page = await call('GET', url);
    t.equal(page.statusCode, 200, page.body);
    t.ok(page.json<unknown[]>().length <= 3);
    all.push(...page.json<{ username: string }[]>().map(({ username }) => username));
    url = /^<(.*)>; rel="next"$/.exec(String(page.headers.link ?? ''))?.[1] ?? '';
  }
  const rows = await db.select({ username: users.username }).from(users);
  t.strictSame(
    all,
    rows.map(({ username }) => username).toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
  );
  t.notOk((await call('GET', '/admin/users')).body.includes('$argon2'), 'no hash');
});

t.test('a page is asked for as it should be', async (t) => {
  const [, next = ''] = /^<(.*)>/.exec(String((await call('GET', '/admin/users?limit=1')).headers.link)) ?? [];
  const after = new URLSearchParams(next.split('?')[1]).get('after') ?? '';
  t.equal((await call('GET', `/admin/users?after=${after}`)).statusCode, 200);
  const bad = [
    'limit=0',
    'limit=101',
    'limit=x',
    'after=',
    'after=x',
    `after=${after}x`,
    `after=${after.slice(2)}`,
    'q=x',
    'limit=1&limit=2',
  ];
  for (const query of bad) {
    t.match((await call('GET', `/admin/users?${query}`)).json(), { status: 400, code: 'validation_failed' }, query);
  }
  t.match((await call('GET', `/admin/users/${admin.id}/sessions?after=${after}`)).json(), { status: 400 }, 'of another listing');
});

t.test('ASVS 8.3.2: other roles end the access tokens; the sessions go on, and their next refresh has the new roles', async (t) => {
  const user = await signUp('member');
  const second = (await signIn(user)).json<{ access_token: string }>();
  t.equal(await statusOfMe(user.accessToken), 200);
  const changed = await call('PATCH', `/admin/users/${user.id}`, { roles: ['admin', 'member'] });
  t.match(changed.json(), { id: user.id, disabled: false });
  t.strictSame(changed.json().roles, ['admin', 'member']);
  t.match((await call('GET', '/me', undefined, user.accessToken)).json(), { status: 401, code: 'token_revoked' });
  t.equal(await statusOfMe(second.access_token), 401);

  const refreshed = (await refresh(user.refreshToken)).json<{ access_token: string; scope: string }>();
  t.equal(await statusOfMe(refreshed.access_token), 200);
  t.strictSame(claimsOf(refreshed.access_token).roles, ['admin', 'member']);
  t.equal(refreshed.scope, 'admin books:delete books:read books:write');
  t.equal((await call('GET', '/admin/users', undefined, refreshed.access_token)).statusCode, 200);

  const [entry] = await entriesOf(user.sessionId);
  t.ok(Number(claimsOf(user.accessToken).iat) < Number(entry?.before));
  t.ok(Number(claimsOf(refreshed.access_token).iat) >= Number(entry?.before));
  t.ok(Number(entry?.expiresAt) >= Number(entry?.before) + 3600);
  t.match(await events(user.id), [
    {},
    { event: 'user_roles_changed', actor: admin.id, details: { from: ['member'], to: ['admin', 'member'] }, ip: '127.0.0.1' },
  ]);

  t.equal((await call('PATCH', `/admin/users/${user.id}`, { roles: ['member', 'admin'] })).statusCode, 200);
  t.equal(await statusOfMe(refreshed.access_token), 200, 'the same roles end nothing');
});

t.test('no refresh that runs beside a change of roles keeps the old ones', async (t) => {
  const user = await signUp('admin');
  let newest = user.refreshToken;
  let isOver = false;
  const tokens: string[] = [];
  const refreshing = (async () => {
    while (!isOver) {
      const answer = (await refresh(newest)).json<{ access_token: string; refresh_token: string }>();
      tokens.push(answer.access_token);
      newest = answer.refresh_token;
    }
  })();
  for (const roles of [['member'], ['admin'], ['member']]) await call('PATCH', `/admin/users/${user.id}`, { roles });
  isOver = true;
  await refreshing;
  for (const token of tokens) {
    const { roles, iat } = claimsOf(token);
    if ((await statusOfMe(token)) === 200) t.strictSame(roles, ['member'], `signed at ${iat}`);
  }
  t.equal((await refresh(newest)).statusCode, 200);
});

t.test('ASVS 7.4.2: a disabled user is signed out and can not sign in; enabled again it works', async (t) => {
  const user = await signUp('member');
  const disabled = await call('PATCH', `/admin/users/${user.id}`, { disabled: true });
  t.match(disabled.json(), { disabled: true });
  t.strictSame(disabled.json().roles, ['member']);
  t.match((await call('GET', '/me', undefined, user.accessToken)).json(), { status: 401, code: 'token_revoked' });
  t.match((await refresh(user.refreshToken)).json(), { status: 401, code: 'token_revoked' });
  t.match((await signIn(user)).json(), { status: 401, code: 'credentials_invalid' });
  t.match(await entriesOf(user.sessionId), [{ before: null }]);

  t.match((await call('PATCH', `/admin/users/${user.id}`, { roles: [] })).json(), { disabled: true }, 'other roles enable nobody');
  t.match((await signIn(user)).json(), { status: 401, code: 'credentials_invalid' });

  for (const _ of ['once', 'again, which changes nothing'])
    t.match((await call('PATCH', `/admin/users/${user.id}`, { disabled: false })).json(), { disabled: false });
  t.equal((await signIn(user)).statusCode, 200);
  t.equal((await refresh(user.refreshToken)).statusCode, 401, 'what has ended stays so');
  t.strictSame(
    (await events(user.id)).map(({ event }) => event),
    ['user_registered', 'user_disabled', 'login_failed', 'user_roles_changed', 'login_failed', 'user_enabled'],
  );
});

t.test('ASVS 7.4.2: a deleted user is gone, with the sessions, and the name is free', async (t) => {
  const user = await signUp('member');
  t.equal((await call('DELETE', `/admin/users/${user.id}`)).statusCode, 204);
  t.match((await call('GET', '/me', undefined, user.accessToken)).json(), { status: 401, code: 'token_revoked' });
  t.equal((await refresh(user.refreshToken)).statusCode, 401);
  t.match((await signIn(user)).json(), { status: 401, code: 'credentials_invalid' });
  t.match(await entriesOf(user.sessionId), [{ before: null }]);
  t.match((await call('GET', `/admin/users/${user.id}`)).json(), gone);
  t.match((await call('DELETE', `/admin/users/${user.id}`)).json(), gone);
  t.equal((await call('POST', '/admin/users', { username: user.username, password })).statusCode, 201);
  t.match((await events(user.id)).at(-1), { event: 'user_deleted', actor: admin.id, details: { username: user.username } });
});

t.test('what is no user is not found, whatever its id looks like', async (t) => {
  for (const id of ['0'.repeat(22), 'x', '%00', 'a'.repeat(190), 'first-party', '..%2f..']) {
    t.match((await call('GET', `/admin/users/${id}`)).json(), gone, id);
    t.match((await call('PATCH', `/admin/users/${id}`, { disabled: true })).json(), gone, id);
    t.match((await call('DELETE', `/admin/users/${id}`)).json(), gone, id);
  }
});

t.test('ASVS 8.2.3: a change names what may be changed, and nothing else', async (t) => {
  const user = await signUp('member');
  const url = `/admin/users/${user.id}`;
  const bad = [{}, { roles: ['root'] }, { disabled: 1 }, { username: 'x' }, { password }, { id: 'x' }, { roles: null }, []];
  for (const change of bad)
    t.match((await call('PATCH', url, change)).json(), { status: 400, code: 'validation_failed' }, JSON.stringify(change));
  t.equal(
    (
      await app.inject({
        method: 'PATCH',
        url,
        headers: { authorization: `Bearer ${admin.accessToken}`, 'content-type': 'text/plain' },
        payload: 'x',
      })
    ).statusCode,
    415,
  );
  t.equal(await statusOfMe(user.accessToken), 200, 'a refused change ends nothing');
  t.equal((await call('PATCH', url, { disabled: false, roles: [] })).statusCode, 200);
});

t.test('a user is found by name, in any case, and only that one', async (t) => {
  const user = await signUp('member');
  const found = await call('GET', `/admin/users?username=${user.username.toUpperCase()}`);
  t.match(found.json(), [{ id: user.id, username: user.username }]);
  t.equal(found.json<unknown[]>().length, 1);
  t.strictSame((await call('GET', `/admin/users?username=${user.username}x`)).json(), []);
  t.match((await call('GET', '/admin/users?username=%00')).json(), { status: 400, code: 'validation_failed' });
});

t.test('there is always an administrator: the last one stays', async (t) => {
  for (const { id, roles } of (await call('GET', '/admin/users?limit=100')).json<{ id: string; roles: string[] }[]>())
    if (roles.includes('admin') && id !== admin.id) await call('PATCH', `/admin/users/${id}`, { roles: ['member'] });
  const url = `/admin/users/${admin.id}`;
  const conflict = { status: 409, code: 'conflict' };
  t.match((await call('PATCH', url, { disabled: true })).json(), conflict);
  t.match((await call('PATCH', url, { roles: ['member'] })).json(), conflict);
  t.match((await call('PATCH', url, { roles: [] })).json(), conflict);
  t.match((await call('DELETE', url)).json(), conflict);
  t.equal((await call('GET', url)).statusCode, 200, 'refused, so nothing has ended');
  t.equal((await call('PATCH', url, { disabled: false })).statusCode, 200, 'what leaves an administrator is no conflict');

  const disabled = await signUp('admin');
  await call('PATCH', `/admin/users/${disabled.id}`, { disabled: true });
  t.match((await call('DELETE', url)).json(), conflict, 'one who can not sign in does not count');

  const two = [await signUp('admin'), await signUp('admin')];
  const answers = await Promise.all(
    [admin, ...two].map(({ id, accessToken }) => call('PATCH', `/admin/users/${id}`, { roles: ['member'] }, accessToken)),
  );
  t.strictSame(
    answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b),
    [200, 200, 409],
    'not even when all leave at once',
  );
});
