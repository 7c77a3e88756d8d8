import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { logIn, newDataDir, readAddresses, runLocalStack, startLocalStack, type Tokens } from './stack.ts';

t.setTimeout(280_000);

interface Problem {
  readonly code: string;
}

void t.test('npm start', async (t) => {
  const dataDir = newDataDir(t);
  // Settings that point elsewhere don't lead it out of itself.
  const elsewhere = { DATABASE_URL: 'postgres://127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1', PORT: '1', HOST: '203.0.113.1' };
  const stack = await startLocalStack(t, elsewhere, dataDir);
  const { gateway, auth, books, redis, users } = stack;

  await t.test('writes local.json, with what it prints, and databases, which nobody else can read', async (t) => {
    t.equal(statSync(join(dataDir, 'local.json')).mode & 0o777, 0o600);
    t.equal(statSync(join(dataDir, 'secrets.json')).mode & 0o777, 0o600);
    // Their files are open to everybody, and so is the data folder where it was there before.
    for (const database of ['auth', 'books']) t.equal(statSync(join(dataDir, database)).mode & 0o777, 0o700, database);
    const addresses = readAddresses(dataDir);
    t.match(addresses, { gateway, auth, books, redis });
    t.same(Object.keys(addresses.users), ['demo', 'admin']);
    for (const { password } of Object.values(users)) {
      t.match(stack.process.stdout(), password);
      t.ok(password.length >= 16);
    }
    for (const url of [gateway, auth, books, redis]) t.match(stack.process.stdout(), url);
    t.match(stack.process.stdout(), /stand-ins.*not for production/);
  });

  await t.test('makes demo a member and admin an administrator, under the issuer of its own port', async (t) => {
    for (const [user, roles] of [
      [users.demo, ['member']],
      [users.admin, ['admin']],
    ] as const) {
      const { access_token } = await logIn(gateway, user);
      const me = await fetch(`${gateway}/me`, { headers: { authorization: `Bearer ${access_token}` } });
      t.match(await me.json(), { username: user.username, roles });
      t.match(claimsOf(access_token), { iss: gateway });
    }
  });

  await t.test('prints curl lines that work as printed', async (t) => {
    const printed = stack.process.stdout();
    const lines = printed.slice(printed.indexOf('TOKENS='), printed.indexOf('Embedded stand-ins')).trim().split('\n');
    t.equal(lines.length, 7);
    t.notMatch(lines.join(), '#', 'a zsh at a terminal takes no comments');
    // On a busy machine the revocation may need longer than curl does.
    const revoked = `until { ${lines.at(-1)}; } | grep -q token_revoked; do :; done`;
    const script = [...lines.slice(0, -1), `${revoked}\n${lines.at(-1)}`].map((line) => `${line}\necho ---`).join('\n');
    const output = execFileSync('sh', ['-c', script], { encoding: 'utf8', timeout: 60_000 });
    const [, , list, , one, logout, refused] = output.split('---\n');
    t.ok(Array.isArray(JSON.parse(list ?? '')), 'GET /books gets a list');
    for (const answer of [list, one, refused]) t.match(answer, /\n$/, 'each answer ends its line');
    t.match(JSON.parse(one ?? ''), { id: 1, title: String }, 'GET /books/1 gets a book');
    t.equal(logout, '');
    t.match(JSON.parse(refused ?? ''), { code: 'token_revoked' }, 'after signing out the token is refused');
  });

  await t.test('a service of one’s own finds the list of revocations in its Redis', async (t) => {
    const client = connect(Number(new URL(redis).port), '127.0.0.1');
    t.teardown(() => client.destroy());
    client.write(['*2', '$4', 'XLEN', '$25', '{countersign}:revocations', ''].join('\r\n'));
    const [answer] = (await once(client, 'data')) as [Buffer];
    t.match(answer.toString(), /^:[1-9]/);
  });

  await t.test('listens on the loopback address alone', async (t) => {
    for (const address of listeningAddresses(stack.process.pid)) t.match(address, /^(127\.0\.0\.1|\[?::1\]?):\d+$/);
    t.ok(listeningAddresses(stack.process.pid).length >= 4);
  });

  await t.test('a token is refused at books as soon as its session has ended', async (t) => {
    const { access_token, refresh_token } = await logIn(gateway, users.demo);
    const read = () => fetch(`${gateway}/books`, { headers: { authorization: `Bearer ${access_token}` } });
    t.equal((await read()).status, 200);
    const logout = await fetch(`${gateway}/logout`, { method: 'POST', headers: { authorization: `Bearer ${refresh_token}` } });
    t.equal(logout.status, 204);
    const endedAtMs = performance.now();
    const refused = await until(async () => {
      const answer = await read();
      return answer.status === 401 ? ((await answer.json()) as Problem) : null;
    });
    t.equal(refused.code, 'token_revoked');
    t.comment(`refused after ${Math.round(performance.now() - endedAtMs)} ms`);
  });

  await t.test('the gateway lets nobody into what is internal, nor say who they are', async (t) => {
    for (const path of ['/verify', '/verify/x', '/oauth/introspect', '/metrics', '/livez', '/readyz', '/nothing', '/%6detrics']) {
      const answer = await fetch(`${gateway}${path}`);
      t.equal(answer.status, 404, path);
      t.match(await answer.json(), { code: 'not_found', status: 404 }, path);
    }
    const invented = { 'x-auth-subject': 'admin', 'x-auth-roles': 'admin', 'x-forwarded-for': '203.0.113.9', 'x-original-method': 'GET' };
    t.equal((await fetch(`${gateway}/me`, { headers: invented })).status, 401);
    const { access_token } = await logIn(gateway, users.demo, invented);
    const sessions = await fetch(`${gateway}/sessions`, { headers: { authorization: `Bearer ${access_token}` } });
    const current = ((await sessions.json()) as { current: boolean; ip: string }[]).find((session) => session.current);
    t.match(current?.ip, /127\.0\.0\.1/, "the session's address is the caller's, not what a header says");
  });

  await t.test('a second start on the same data says so, and leaves the first alone', async (t) => {
    const second = await runLocalStack(t, { DATA_DIR: dataDir });
    t.equal((await second.exit).code, 1);
    t.match(second.stderr(), /already running on the data in .*DATA_DIR=/s);
    t.match(second.stderr(), `as process ${stack.process.pid}.`);
    t.equal((await fetch(`${gateway}/.well-known/jwks.json`)).status, 200);
    t.ok(existsSync(join(dataDir, 'local.json')));
  });

  await t.test('killed in the middle of writing, it has lost nothing and starts again', async (t) => {
    const { access_token, refresh_token } = await logIn(gateway, users.demo);
    const created: string[] = [];
    const writing = (async () => {
      for (;;) {
        const answer = await fetch(`${gateway}/books`, {
          method: 'POST',
          headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ title: `Book ${created.length}`, author: 'Nobody' }),
        });
        if (answer.status === 201) created.push(new URL(answer.headers.get('location') ?? '', gateway).pathname);
      }
    })().catch(() => {});
    await until(() => created.length >= 20, { timeoutMs: 20_000 });
    stack.process.signal('SIGKILL');
    await stack.process.exit;
    await writing;

    const again = await startLocalStack(t, {}, dataDir);
    t.same(again.users, users, 'the same users');
    const refreshed = await fetch(`${again.gateway}/refresh`, { method: 'POST', headers: { authorization: `Bearer ${refresh_token}` } });
    t.equal(refreshed.status, 200, 'the session goes on');
    const tokens = (await refreshed.json()) as Tokens;
    for (const path of created) {
      const answer = await fetch(`${again.gateway}${path}`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
      t.equal(answer.status, 200, path);
    }
    await connectToAll(t, listeningAddresses(again.process.pid));
    await endsCleanly(t, again.process, 'SIGTERM');
  });
});

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** As browsers do it before they have anything to ask. */
async function connectToAll(t: Test, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const socket = connect(Number(address.split(':').at(-1)), '127.0.0.1');
    t.teardown(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
  }
}

async function endsCleanly(t: Test, process: Awaited<ReturnType<typeof runLocalStack>>, signal: NodeJS.Signals): Promise<void> {
  const signalledAtMs = performance.now();
  process.signal(signal);
  // A signal to the whole process group arrives twice.
  process.signal(signal);
  t.same(await process.exit, { code: 0, signal: null });
  t.ok(performance.now() - signalledAtMs < 10_000);
}

/** The TCP sockets on which this process listens, from /proc; empty where there is no /proc. */
function listeningAddresses(pid: number): string[] {
  if (!existsSync('/proc/net/tcp')) return [];
  const inodes = new Set(
    execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd | sed -n 's/.*socket:\\[\\(.*\\)\\]/\\1/p'`], { encoding: 'utf8' }).split('\n'),
  );
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => readFileSync(file, 'utf8').trim().split('\n').slice(1));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode = '']) => state === '0A' && inodes.has(inode))
    .map(([, local = '']) => {
      const [address = '', port = ''] = local.split(':');
      return `${address === '0100007F' ? '127.0.0.1' : address}:${Number.parseInt(port, 16)}`;
    });
}
