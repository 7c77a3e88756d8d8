import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort } from '@countersign/testing';
import t from 'tap';
import { linesOf, startStack } from './stack.ts';

t.setTimeout(280_000);

const { cli, json, file, auth, books, admin } = await startStack(t);
const PASSWORD = 'a long enough password';

interface User {
  readonly id: string;
  readonly username: string;
  readonly roles: string[];
  readonly disabled: boolean;
}

const addUser = async (username: string) =>
  (await json<User>(`users create ${username} --password-file -`, { input: `${PASSWORD}\n` }))[0] as User;
const logIn = async (username: string, password = PASSWORD) => {
  const body = JSON.stringify({ username, password });
  return await fetch(`${auth}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
};
const only = <Value>([value]: readonly Value[]) => value as Value;

t.test('a user is made with the password of a file, shown, listed, changed and deleted', async (t) => {
  const user = await addUser('Grace');
  t.match(user, { id: /^[0-9A-Za-z]{22}$/, username: 'Grace', disabled: false });
  t.strictSame(user.roles, ['member']);
  t.equal((await logIn('grace')).status, 200, 'the newline at the end of the file is no part of the password');
  t.strictSame(await json('users show grace'), [user]);
  t.strictSame(await json(`users show ${user.id}`), [user]);
  const names = (await json<User>('users list')).map(({ username }) => username);
  t.strictSame(
    names.filter((name) => ['admin', 'demo', 'Grace'].includes(name)),
    ['admin', 'demo', 'Grace'],
  );
  t.strictSame(await json('users list --limit 1'), (await json('users list')).slice(0, 1));

  t.strictSame(only(await json<User>('users set-roles grace member admin member')).roles, ['admin', 'member']);
  t.strictSame(only(await json<User>('users set-roles grace --none')).roles, []);
  t.equal(only(await json<User>('users disable grace')).disabled, true);
  t.equal((await logIn('grace')).status, 401);
  t.equal(only(await json<User>('users enable grace')).disabled, false);
  t.equal((await logIn('grace')).status, 200);
  t.strictSame(await json('users delete grace --yes'), [{ id: user.id, username: 'Grace', deleted: true }]);
  t.match(await cli('users show grace'), { code: 1, stdout: /^$/, stderr: /no user with the id or username "grace"/ });
});

t.test('an id is that of its user, though another has taken it for a name', async (t) => {
  const [owner] = await json<User>('users show demo');
  const namesake = await addUser(String(owner?.id));
  t.strictSame(await json(`users show ${owner?.id}`), [owner]);
  t.strictSame(await json(`users show ${namesake.id}`), [namesake]);
});

t.test('a role is made, given, changed and deleted', async (t) => {
  interface Role {
    readonly name: string;
    readonly scopes: readonly string[];
  }
  t.strictSame(await json<Role>('roles set clerk orders:read,orders:write'), [{ name: 'clerk', scopes: ['orders:read', 'orders:write'] }]);
  t.strictSame(
    (await json<Role>('roles list')).map(({ name }) => name),
    ['admin', 'clerk', 'member'],
  );
  await addUser('clara');
  await json('users set-roles clara clerk');
  t.match(await (await logIn('clara')).json(), { scope: /^orders:read orders:write$/ });
  t.strictSame(await json<Role>('roles set clerk --none'), [{ name: 'clerk', scopes: [] }]);
  t.match(await cli('roles delete clerk --yes'), { code: 1, stderr: /Users still hold this role/ });
  await json('users set-roles clara member');
  t.strictSame(await json('roles delete clerk --yes'), [{ name: 'clerk', deleted: true }]);
});

t.test('a reset token sets a new password, and is shown with a warning', async (t) => {
  await addUser('joan');
  const made = await cli('users reset-password joan');
  t.match(made, { code: 0, stdout: /^reset_token +cs_pr_/m, stderr: /shown only this once/ });
  const [, token] = /(cs_pr_\w+)/.exec(made.stdout) ?? [];
  const body = JSON.stringify({ reset_token: token, new_password: 'another long password' });
  const answer = await fetch(`${auth}/password/reset`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  t.equal(answer.status, 204);
  t.equal((await logIn('joan', 'another long password')).status, 200);
});

t.test('sessions are listed and ended, one or all of a user', async (t) => {
  const user = await addUser('ada');
  await logIn('ada');
  await logIn('ada');
  const sessions = await json<{ id: string }>('sessions list --user ada');
  t.equal(sessions.length, 2);
  t.strictSame(await json(`sessions end ${sessions[0]?.id} --user ada`), [{ id: sessions[0]?.id, ended: true }]);
  t.strictSame(await json('sessions list --user ada'), sessions.slice(1));
  t.match(await cli(`sessions end ${sessions[0]?.id} --user ada`), { code: 1, stderr: /no such session.*\(request /i });
  t.strictSame(await json('sessions end-all --user ada --yes'), [{ user: user.id, ended: true }]);
  t.strictSame(await json('sessions list --user ada'), []);
});

t.test('a command leaves no session behind, and everybody’s can be ended', async (t) => {
  await logIn('ada');
  t.match(await cli('sessions list'), { code: 0, stdout: /CURRENT {2}USER_AGENT\n.* yes {6}countersign-cli\n$/ });
  t.match(await json('sessions list'), [{ current: true, user_agent: 'countersign-cli' }], 'its own, and none of the commands before');
  t.equal((await json('sessions list')).length, 1);
  t.equal((await json('sessions list --user ada')).length, 1);
  t.strictSame(await json('sessions end-all --yes'), [{ user: null, ended: true }]);
  t.strictSame(await json('sessions list --user ada'), []);
  t.equal((await json('sessions list')).length, 1, 'a new one is had all the same');
});

t.test('a client is made, its secret shown once, changed and deleted', async (t) => {
  const made = await cli('clients create reports --scopes books:read,books:write --audiences urn:countersign:books --json');
  t.match(made, { code: 0, stderr: /secret is shown only this once/ });
  const client = JSON.parse(made.stdout) as { client_id: string; client_secret: string; scopes: string[] };
  t.match(client, { name: 'reports', client_secret: /^cs_cs_/ });
  t.strictSame(client.scopes, ['books:read', 'books:write']);
  const token = async (secret: string) => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: client.client_id, client_secret: secret });
    return (await fetch(`${auth}/oauth/token`, { method: 'POST', body })).status;
  };
  t.equal(await token(client.client_secret), 200);
  t.notMatch((await cli('clients list')).stdout, client.client_secret);
  const ids = (await json<{ client_id: string }>('clients list')).map(({ client_id }) => client_id);
  t.ok(ids.includes(client.client_id));
  t.ok(
    ids.some((id) => id.includes('worker')),
    'beside the worker’s',
  );

  const { client_secret: second } = only(await json<{ client_secret: string }>(`clients rotate-secret ${client.client_id}`));
  t.equal(await token(client.client_secret), 200, 'the old one is good for a day');
  t.equal(await token(second), 200);
  const { client_secret: third } = only(
    await json<{ client_secret: string }>(`clients rotate-secret ${client.client_id} --revoke-old --yes`),
  );
  t.strictSame([await token(second), await token(third)], [401, 200]);
  const updated = only(await json<typeof client>(`clients update ${client.client_id} --name other --scopes books:read`));
  t.match(updated, { name: 'other' });
  t.strictSame(updated.scopes, ['books:read']);
  t.strictSame(await json(`clients revoke-tokens ${client.client_id} --yes`), [{ client_id: client.client_id, tokens_revoked: true }]);
  t.strictSame(await json(`clients delete ${client.client_id} --yes`), [{ client_id: client.client_id, deleted: true }]);
  t.equal(await token(third), 401);
  t.match(await cli(`clients delete ${client.client_id} --yes`), { code: 1, stderr: /no such client.*\(request /i });
});

t.test('a client of which only the scopes are said may call every first-party service, as one made by the API', async (t) => {
  const { client_id, ...made } = only(await json<{ client_id: string }>('clients create nightly --scopes books:read'));
  t.match(made, { scopes: ['books:read'], audiences: ['urn:countersign:api'], auth_method: 'client_secret' });
  t.equal((await cli(`clients delete ${client_id} --yes`)).code, 0);
});

t.test('a client with keys of its own has no secret', async (t) => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const jwks = file('jwks.json', JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }));
  const made = await cli(`clients create signer --scopes books:read --audiences urn:countersign:books --jwks ${jwks} --json`);
  t.match(made, { code: 0, stderr: /^$/ });
  t.match(JSON.parse(made.stdout), { auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'OKP' }] } });
  t.match(await cli(`clients create signer --jwks ${file('no.json', 'no')}`), { code: 1, stderr: /is not JSON/ });
});

t.test('an id may have dots, as that of a client of the settings', async (t) => {
  t.match(await cli('clients delete worker-1.eu --yes'), { code: 1, stderr: /There is no such client/ });
  for (const id of ['.', '..', 'a/b', 'a%2Fb']) t.match(await cli(`clients delete ${id} --yes`), { code: 2, stderr: /isn't an id/ }, id);
});

t.test('keys are listed, rotated and killed', async (t) => {
  type Key = { kid: string; state: string };
  const before = await json<Key>('keys list');
  t.strictSame(before.map(({ state }) => state).toSorted(), ['active', 'reserve']);
  t.match(
    await json('keys rotate --yes'),
    [{ kid: before.find(({ state }) => state === 'reserve')?.kid }],
    'which never asks, and takes --yes all the same',
  );
  const active = before.find(({ state }) => state === 'active')?.kid;
  t.strictSame(await json(`keys kill ${active} --yes`), [{ kid: active, killed: true }], 'also the key that its own token is signed by');
  t.match(
    (await json<Key>('keys list')).find(({ kid }) => kid === active),
    { state: 'killed' },
  );
});

t.test('the audit log is filtered by event, actor and time', async (t) => {
  type Record = { id: number; event: string; actor: string; at: string };
  const { id } = only(await json<User>('users show admin'));
  await addUser('earlier');
  await addUser('later');
  const made = await json<Record>('audit list --event user_created --actor admin --since 1h');
  t.strictSame(new Set(made.map(({ event, actor }) => `${event} ${actor}`)), new Set([`user_created ${id}`]));
  t.strictSame(
    made.map((record) => record.id),
    made.map((record) => record.id).toSorted((a, b) => b - a),
    'the newest first',
  );
  t.ok(made.length >= 2);
  t.strictSame(await json(`audit list --event user_created --actor admin --until ${made[0]?.at}`), made.slice(1));
  t.strictSame(await json('audit list --until 2020-01-01'), []);
  t.equal((await json('audit list --limit 3')).length, 3);
  const table = (await cli('audit list --event user_created --limit 1')).stdout;
  t.match(table, / user_created +admin +later /, 'people see names');
  t.notMatch(table, id);
  t.match(await cli('audit list --since yesterday'), { code: 2, stderr: /--since must be a time/ });
  t.match(await cli('audit list --event refresh_resued'), { code: 0, stderr: /^None\.\n.*logging\.md has the names of all events/ });
});

t.test('--follow goes on with what happens, until it is stopped, and then signs out', async (t) => {
  const { id } = await addUser('watched');
  const seen = (stdout: string) =>
    linesOf(stdout)
      .map((line) => JSON.parse(line) as { event: string; subject: string })
      .flatMap(({ event, subject }) => (subject === id ? [event] : []));
  const stopWhen = (stdout: string) => seen(stdout).length >= 4;
  const following = cli('audit list --follow --since 30s --actor admin --json', { stopWhen });
  await json('users disable watched');
  await json('users enable watched');
  await json('users disable watched');
  const { code, stdout } = await following;
  t.equal(code, 130);
  t.strictSame(seen(stdout), ['user_created', 'user_disabled', 'user_enabled', 'user_disabled'], 'each once, the newest last');
  t.equal((await json('sessions list')).length, 1);
});

t.test('what can’t be undone is asked for, and without a terminal refused', async (t) => {
  const commands = [
    'users delete demo',
    'sessions end-all',
    'sessions end-all --user demo',
    'clients delete c-x',
    'clients revoke-tokens c-x',
  ];
  for (const command of [...commands, 'clients rotate-secret c-x --revoke-old', 'keys kill x', 'roles delete x']) {
    const unasked = await cli(command);
    t.match(unasked, { code: 1, stdout: /^$/, stderr: / will .*no terminal to ask at: use --yes.*Nothing was changed/ }, command);
    t.match(await cli(command, { typed: ['n\n'] }), { code: 1, stdout: /^$/, stderr: /\[y\/N\].*Nothing was changed/s }, command);
  }
  t.match(await json('users show demo'), [{ username: 'demo' }]);
  await addUser('gone');
  t.match(await cli('users delete gone', { typed: ['y\n'] }), { code: 0, stdout: /gone .* is deleted/ });
});

t.test('at a terminal a password is typed twice, and never shown', async (t) => {
  const made = await cli('users create typist', { typed: [`${PASSWORD}\n`, `${PASSWORD}\n`] });
  t.match(made, { code: 0, stdout: /typist/ });
  t.notMatch(made.stdout + made.stderr, PASSWORD);
  t.equal((await logIn('typist')).status, 200);
  t.match(await cli('users create other', { typed: [`${PASSWORD}\n`, 'something else\n'] }), { code: 1, stderr: /differ/ });
  t.match(await cli('users create other'), { code: 1, stderr: /--password-file/ });
  t.match(await cli('users create other', { typed: ['\u0003'] }), { code: 130, stderr: /no answer/ });
  t.match(await cli('users show other'), { code: 1 });
});

t.test('who signs in is taken from the environment, or asked for', async (t) => {
  const env = { COUNTERSIGN_URL: `${auth}/` };
  const { username, password } = admin;
  const signIn = { COUNTERSIGN_USERNAME: username, COUNTERSIGN_PASSWORD: password };
  t.match(await cli('users show demo', { env: { ...env, ...signIn } }), { code: 0 });
  const secret = { COUNTERSIGN_USERNAME: username, COUNTERSIGN_PASSWORD_FILE: file('secret', `${password}\n`) };
  t.match(await cli('users show demo', { env: { ...env, ...secret } }), { code: 0 });
  const typed = await cli('users show demo', { env, typed: [`${username}\n`, `${password}\n`] });
  t.match(typed, { code: 0, stderr: /Administrator at .*Password of admin/s });
  t.notMatch(typed.stderr, password);
  t.match(await cli('users show demo', { env, typed: ['\n'] }), { code: 1, stderr: /no answer: nothing was changed/ });
  t.match(
    await cli('users show demo', { env }),
    { code: 1, stderr: /COUNTERSIGN_USERNAME is not set, and there is no terminal/ },
    'never what the local stack wrote down',
  );
  const wrong = await cli('users show demo', { env: { ...env, ...signIn, COUNTERSIGN_PASSWORD: 'wrong' } });
  t.match(wrong, { code: 1, stderr: /admin can't sign in at .*credentials.*\(request / });
});

t.test('whoever is no administrator is refused, in auth’s words, and signed out', async (t) => {
  await addUser('nobody');
  const env = { COUNTERSIGN_USERNAME: 'nobody', COUNTERSIGN_PASSWORD: PASSWORD };
  t.match(await cli('users list', { env }), { code: 1, stdout: /^$/, stderr: /^countersign: .*admin.* \(request [^)]+\)\n$/ });
  t.strictSame(await json('sessions list --user nobody'), []);
});

t.test('what auth finds wrong is told in its words, with the request’s id', async (t) => {
  t.match(await cli('users create x --password-file -', { input: PASSWORD }), { code: 1, stderr: /username.*\(request / });
  t.match(
    await cli('users create joe --password-file -', { input: 'short' }),
    { code: 1, stderr: /^countersign: The password must have at least 8 characters\. \(request [^)]+\)\n$/ },
    'a single fault is said once',
  );
  t.match(await cli('users create demo --password-file -', { input: PASSWORD }), { code: 1, stderr: /taken.*\(request / });
  t.match(await cli('users set-roles demo root'), { code: 1, stderr: /roles.*\(request /s });
  t.match(await cli('users set-roles admin member'), { code: 1, stderr: /\(request / }, 'somebody must stay an administrator');
});

t.test('an auth that isn’t there is told in words', async (t) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const env = { COUNTERSIGN_URL: nobody, COUNTERSIGN_USERNAME: 'admin', COUNTERSIGN_PASSWORD: 'x' };
  const hint = 'Check that npm start is running, or that COUNTERSIGN_URL is right.';
  t.match(await cli('users list', { env }), { code: 1, stderr: `countersign: ${nobody} can't be reached: ECONNREFUSED. ${hint}\n` });
  t.match(await cli('users list', { env: { ...env, COUNTERSIGN_URL: books } }), {
    code: 1,
    stderr: `countersign: No auth service answers at ${books}. Is COUNTERSIGN_URL right?\n`,
  });
  t.match(await cli('users list', { env: { ...env, COUNTERSIGN_URL: books.replace('http:', 'https:') } }), { code: 1, stderr: hint });
  const page = createServer((_request, response) => response.end('<h1>It works!</h1>'));
  t.teardown(() => page.close());
  await once(page.listen(0, '127.0.0.1'), 'listening');
  const site = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
  t.match(await cli('users list', { env: { ...env, COUNTERSIGN_URL: site } }), {
    code: 1,
    stderr: `countersign: ${site} answered 200, but not as auth does. Is COUNTERSIGN_URL right?\n`,
  });
  t.match(await cli('users list', { env: { DATA_DIR: '/nowhere' } }), { code: 1, stderr: /no \/nowhere\/local\.json/ });
  t.match(await cli('users list', { env: { COUNTERSIGN_URL: 'not a url' } }), {
    code: 2,
    stderr: /COUNTERSIGN_URL must be an origin like/,
  });
});

t.test('tables are aligned, plain text, without color', async (t) => {
  const { stdout } = await cli('users list');
  const lines = linesOf(stdout);
  t.match(lines[0], /^ID +USERNAME +ROLES +DISABLED +CREATED_AT$/);
  const column = String(lines[0]).indexOf('USERNAME');
  t.ok(lines.every((line) => line[column - 1] === ' ' && line[column] !== ' '));
  t.notMatch(stdout, '\u001b');
});

t.test('a name that holds control characters can’t play with the terminal', async (t) => {
  const name = 'evil\u001b[2J\u202e';
  const { client_id: id } = only(
    await json<{ client_id: string }>('clients create plain --scopes books:read --audiences urn:countersign:books'),
  );
  const answer = await logIn(admin.username, admin.password);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const changed = await fetch(`${auth}/admin/clients/${id}`, { method: 'PATCH', headers, body: JSON.stringify({ name }) });
  t.equal(changed.status, 200, 'auth takes such a name');
  t.match((await cli('clients list')).stdout, 'evil\\u001b[2J\\u202e');
  t.match(
    (await json('clients list')).find(({ client_id }) => client_id === id),
    { name },
  );
});
