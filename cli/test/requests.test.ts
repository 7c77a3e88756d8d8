import t from 'tap';
import { linesOf } from './stack.ts';
import { startStubAuth } from './stub-auth.ts';

const USER = { id: 'u-1', username: 'ada' };

t.test('a command signs in for administration alone, whatever else the administrator may do', async (t) => {
  const { signIns, cli } = await startStubAuth(t, () => ({ body: [] }));
  t.match(await cli('keys list'), { code: 0 });
  t.strictSame(signIns, [{ username: 'chief', password: 'x', scope: 'admin' }]);
});

t.test('a command sends what it was given, to whom it was given, and nothing else', async (t) => {
  const { asked, cli } = await startStubAuth(t, ({ method, path }) => {
    if (path.startsWith('/admin/users?')) return { body: path.includes('ada') ? [USER] : [] };
    if (method === 'DELETE') return null;
    return { body: method === 'GET' ? [] : { ...USER, client_id: 'c-1', name: 'r', scopes: [] } };
  });
  const user = { username: 'ada', password: 'secret' };
  const cases: [args: readonly string[], method: string, path: string, body: unknown][] = [
    [['users', 'create', 'ada', '--password-file', '-'], 'POST', '/admin/users', user],
    [['users', 'create', 'ada', '--roles', '', '--password-file', '-'], 'POST', '/admin/users', { ...user, roles: [] }],
    [['users', 'create', 'ada', '--roles', 'a, b,a', '--password-file', '-'], 'POST', '/admin/users', { ...user, roles: ['a', 'b'] }],
    [['sessions', 'end', 's-1'], 'DELETE', '/sessions/s-1', null],
    [['sessions', 'end', 's-1', '--user', 'ada'], 'DELETE', '/admin/users/u-1/sessions/s-1', null],
    [['clients', 'create', 'n'], 'POST', '/admin/clients', { name: 'n', auth_method: 'client_secret' }],
    [['clients', 'create', 'n', '--auth-method', 'm'], 'POST', '/admin/clients', { name: 'n', auth_method: 'm' }],
    [['clients', 'update', 'c-1', '--audiences', 'urn:a,urn:b'], 'PATCH', '/admin/clients/c-1', { audiences: ['urn:a', 'urn:b'] }],
    [['clients', 'update', 'c-1', '--auth-method', 'm', '--scopes', ''], 'PATCH', '/admin/clients/c-1', { auth_method: 'm', scopes: [] }],
    [['clients', 'update', 'c-1', '--jwks', '-'], 'PATCH', '/admin/clients/c-1', { jwks: { keys: [] } }],
    [['audit', 'list', '--actor', 'ada', '--event', 'e'], 'GET', '/admin/audit?event=e&actor=u-1&limit=100', null],
    [['audit', 'list', '--actor', 'c-1', '--limit', '7'], 'GET', '/admin/audit?actor=c-1&limit=7', null],
  ];
  for (const [args, method, path, body] of cases) {
    const { code, stderr } = await cli(args, { input: args.includes('--jwks') ? '{"keys":[]}' : 'secret\n' });
    t.equal(code, 0, stderr);
    t.strictSame(asked.at(-1), { method, path, body }, args.join(' '));
  }
});

t.test('what can’t be undone names what it is, before and after', async (t) => {
  const { asked, cli } = await startStubAuth(t, ({ method }) => (method === 'DELETE' ? null : { body: [USER] }));
  const cases = {
    'users delete ada': ['User ada (u-1) will be deleted.', 'User ada (u-1) is deleted.'],
    'roles delete clerk': ['Role clerk will be deleted.', 'Role clerk is deleted.'],
    'sessions end-all': ['Everyone will be signed out, everywhere.', 'All sessions of all users have ended.'],
    'sessions end-all --user ada': ['User ada (u-1) will be signed out everywhere.', 'All sessions of ada (u-1) have ended.'],
    'clients delete c-1': ['Client c-1 will be deleted, and its tokens revoked.', 'Client c-1 is deleted.'],
    'clients revoke-tokens c-1': ['All tokens of client c-1 will be revoked.', 'All tokens of client c-1 have been revoked.'],
    'keys kill k-1': ['Key k-1 will be killed, and every token that it has signed refused.', 'Key k-1 is killed.'],
  };
  for (const [args, [question, done]] of Object.entries(cases)) {
    asked.length = 0;
    t.match(
      await cli(args),
      { code: 1, stdout: /^$/, stderr: `countersign: ${question} This can't be undone, and there is no terminal` },
      args,
    );
    t.notOk(
      asked.some(({ method }) => method !== 'GET'),
      args,
    );
    t.strictSame(await cli(`${args} --yes`), { code: 0, stdout: `${done}\n`, stderr: '' }, args);
    t.equal(asked.filter(({ method }) => method === 'DELETE').length, 1, args);
  }
});

t.test('a name that no user can have is nobody’s, and auth is not asked', async (t) => {
  const { asked, signIns, cli } = await startStubAuth(t, () => ({ body: [USER] }));
  for (const name of ['a', 'a b', 'ada/..', 'x'.repeat(65)])
    t.match(await cli(['users', 'show', name]), { code: 1, stdout: /^$/, stderr: `There is no user with the id or username "${name}".` });
  t.strictSame([asked, signIns], [[], []]);
  t.match(await cli('users show ada'), { code: 0 });
});

t.test(
  'what concerns the sessions of many users has ten minutes, a batch of an import one, and any other call a quarter of one',
  async (t) => {
    const limits = t.capture(AbortSignal, 'timeout', AbortSignal.timeout);
    const answer = { name: 'clerk', scopes: [], imported: 1, refused: [] };
    const { cli } = await startStubAuth(t, ({ method }) => (method === 'DELETE' ? null : { body: answer }));
    for (const [args, limitMs] of [
      ['sessions end-all --yes', 600_000],
      ['roles set clerk --none', 600_000],
      ['roles delete clerk --yes', 15_000],
      ['users import -', 60_000],
    ] as const) {
      t.match(await cli(args, { input: '{}' }), { code: 0 }, args);
      t.strictSame(
        limits().map(({ args }) => args[0]),
        [15_000, limitMs, 15_000],
        'between sign-in and sign-out',
      );
    }
  },
);

t.test('an id has a hundred characters at most: a longer one is not sent', async (t) => {
  const { asked, cli } = await startStubAuth(t, () => null);
  t.match(await cli(`keys kill ${'k'.repeat(101)} --yes`), { code: 2, stderr: /isn't an id/ });
  t.strictSame(asked, []);
  t.match(await cli(`keys kill ${'k'.repeat(100)} --yes`), { code: 0 });
});

t.test('a file of keys has 64 KiB at most: a longer one is not sent', async (t) => {
  const { asked, cli } = await startStubAuth(t, () => ({ body: { client_id: 'c-1' } }));
  const update = (bytes: number) => cli('clients update c-1 --jwks -', { input: `{}${' '.repeat(bytes - 2)}` });
  t.match(await update(64 * 1024 + 1), { code: 1, stdout: /^$/, stderr: 'Standard input is longer than 65536 bytes.' });
  t.strictSame(asked, []);
  t.match(await update(64 * 1024), { code: 0 });
});

t.test('a secret that is shown only once comes with a warning, and says whose it is', async (t) => {
  const reset = { reset_token: 'cs_pr_x', expires_at: '2026-11-21T10:00:00Z' };
  const secret = { client_secret: 'cs_cs_x' };
  const { cli } = await startStubAuth(t, ({ method, path }) => ({
    body: method === 'GET' ? [USER] : path.endsWith('/secret') ? secret : reset,
  }));
  t.strictSame(await cli('clients rotate-secret c-1'), {
    code: 0,
    stdout: 'client_id      c-1\nclient_secret  cs_cs_x\n',
    stderr: 'The secret is shown only this once: save it now.\n',
  });
  t.strictSame(await cli('users reset-password ada'), {
    code: 0,
    stdout: 'id           u-1\nusername     ada\nreset_token  cs_pr_x\nexpires_at   2026-11-21 10:00:00Z\n',
    stderr:
      'The reset token is shown only this once. Anyone who has it can take over the account. Until it is used, the old password and the sessions stay valid.\n',
  });
});

t.test('a client that is to authenticate with a secret may have none: it is told how to make one', async (t) => {
  const { cli } = await startStubAuth(t, () => ({ body: { client_id: 'c-1' } }));
  const told = 'It may have no secret yet: countersign clients rotate-secret c-1 makes one.\n';
  for (const [changes, stderr] of [
    ['--auth-method client_secret', told],
    ['--auth-method private_key_jwt', ''],
    ['--name n', ''],
  ] as const)
    t.strictSame(await cli(`clients update c-1 ${changes}`), { code: 0, stdout: 'client_id  c-1\n', stderr }, changes);
});

t.test('what auth answers can’t play with the terminal, in a sentence neither', async (t) => {
  const evil = { id: 'u-1', username: 'evil\u001b[2J\u202e' };
  const { cli } = await startStubAuth(t, ({ method }) => (method === 'DELETE' ? null : { body: [evil] }));
  const [asking, done] = [await cli('users delete ada'), await cli('users delete ada --yes')];
  t.match(asking.stderr, 'User evil\\u001b[2J\\u202e (u-1) will be deleted.');
  t.equal(done.stdout, 'User evil\\u001b[2J\\u202e (u-1) is deleted.\n');
});

t.test('a listing has as many rows as were asked for, under one heading, and no page more is read', async (t) => {
  const { asked, cli } = await startStubAuth(t, ({ path }) => {
    const { searchParams } = new URL(path, 'http://stub');
    const [from, count] = [Number(searchParams.get('after') ?? 0), Number(searchParams.get('limit'))];
    const body = Array.from({ length: count }, (_, index) => ({ kid: `k-${from + index + 1}`, state: 'active' }));
    return { body, next: `/admin/keys?limit=${count}&after=${from + count}` };
  });
  for (const [limit, paths] of [
    [3, ['/admin/keys?limit=3']],
    [100, ['/admin/keys?limit=100']],
    [150, ['/admin/keys?limit=100', '/admin/keys?limit=100&after=100']],
  ] as const) {
    asked.length = 0;
    const [heading, ...rows] = linesOf((await cli(`keys list --limit ${limit}`)).stdout);
    t.match(heading, /^KID /);
    t.strictSame(
      rows.map((row) => row.split(' ')[0]),
      Array.from({ length: limit }, (_, index) => `k-${index + 1}`),
    );
    t.strictSame(
      asked.map(({ path }) => path),
      paths,
    );
  }
});

t.test('a listing shows people what they need to judge a row, and programs all', async (t) => {
  const record = { id: 7, event: 'e', actor: null, actor_name: null, subject: null, subject_name: null };
  const row = { client_id: 'c', name: 'n', scopes: [], kid: 'k', state: 's', username: 'u', at: '', created_at: '', more: 1 };
  const headings = {
    'users list': 'ID USERNAME ROLES DISABLED CREATED_AT',
    'roles list': 'NAME SCOPES',
    'sessions list': 'ID CREATED_AT LAST_USED_AT IP CURRENT USER_AGENT',
    'clients list': 'CLIENT_ID NAME AUTH_METHOD SCOPES AUDIENCES CREATED_AT',
    'keys list': 'KID ALG STATE CREATED_AT ACTIVATES_AT RETIRES_AT KILLED_AT',
    'audit list': 'AT EVENT ACTOR SUBJECT IP DETAILS',
  };
  for (const [args, heading] of Object.entries(headings)) {
    const one = { ...row, ...(args === 'audit list' ? record : { id: 'i' }) };
    const { cli } = await startStubAuth(t, () => ({ body: [one] }));
    t.strictSame((await cli(args)).stdout.split('\n')[0]?.split(/ +/), heading.split(' '), args);
    t.strictSame(JSON.parse((await cli(`${args} --json`)).stdout), one, args);
  }
});

t.test('a listing of nothing says so to people, and is no line of JSON', async (t) => {
  const { cli } = await startStubAuth(t, () => ({ body: [] }));
  t.strictSame(await cli('keys list'), { code: 0, stdout: '', stderr: 'None.\n' });
  t.strictSame(await cli('keys list --json'), { code: 0, stdout: '', stderr: '' });
});

t.test('an audit log that may be longer than what is shown says so', async (t) => {
  let count = 100;
  const record = { id: 1, at: '2026-11-21T10:00:00Z', event: 'e', actor: null, actor_name: null, subject: null, subject_name: null };
  const { cli } = await startStubAuth(t, () => ({ body: Array.from({ length: count }, () => record) }));
  t.match(await cli('audit list'), { code: 0, stderr: 'These are the newest 100; --limit N shows more.\n' });
  t.match(await cli('audit list --limit 100'), { code: 0, stderr: /^$/ });
  count = 99;
  t.match(await cli('audit list'), { code: 0, stderr: /^$/ });
});

t.test('an answer that is not auth’s is told as such', async (t) => {
  const { cli } = await startStubAuth(t, () => ({ body: [{ key: 1 }] }));
  const { code, stdout, stderr } = await cli('keys list');
  t.match({ code, stdout }, { code: 1, stdout: /^$/ });
  t.match(stderr, /^countersign: http:\S+ did not answer as auth does\. Is COUNTERSIGN_URL right\?\n$/);
});
