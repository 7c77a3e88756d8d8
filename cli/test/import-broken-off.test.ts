import { pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort, needsReal, until } from '@countersign/testing';
import t from 'tap';
import { type AuthProcess, startAuthProcess } from './auth-process.ts';
import { run } from './stack.ts';

t.setTimeout(280_000);

const HASH = `pbkdf2:sha256:1000$salt$${pbkdf2Sync('a werkzeug password', 'salt', 1000, 32, 'sha256').toString('hex')}`;
const LINES = 4000;
const WITHIN_MS = 10_000;

interface Report {
  readonly imported: number;
  readonly refused: { line: number; reason: string }[];
  readonly unknown: number;
}

const fileOf = (name: string) =>
  Array.from({ length: LINES }, (_, index) => `${JSON.stringify({ username: `${name}${index + 1}`, password_hash: HASH })}\n`).join('');

async function count({ db }: AuthProcess, name: string): Promise<number> {
  const [row] = (await db.execute(`select count(*) from users where username like '${name}%'`)) as [{ count: string }];
  return Number(row.count);
}

/** Imports the file of `name`, while auth can't get past the 500 users that include `line`, and is killed there. */
function importUntil(auth: AuthProcess, name: string, line: number, command: string) {
  const before = Math.floor(line / 500) * 500;
  return auth.db.transaction(async (tx) => {
    await tx.execute(`insert into users (id, username, password_hash) values ('in-the-way', '${name}${line}', '')`);
    const running = auth.cli(command, { input: fileOf(name) });
    await until(async () => (await count(auth, name)) === before, { timeoutMs: 30_000 });
    await auth.kill();
    const killedAtMs = performance.now();
    const ran = await running;
    await tx.execute(`delete from users where id = 'in-the-way'`);
    return { ...ran, withinMs: performance.now() - killedAtMs };
  });
}

t.test('when auth is killed in the middle, it says what is known and what is not, and the same file continues', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const auth = await startAuthProcess(t);
  const { code, stdout, stderr, withinMs } = await importUntil(auth, 'third', 2700, 'users import - --json');
  t.equal(code, 1);
  t.ok(withinMs < WITHIN_MS, `${withinMs} ms`);
  t.strictSame(JSON.parse(stdout), { imported: 2000, refused: [], unknown: 1000 });
  t.match(stderr, /^countersign: http:\S+ can't be reached: the connection broke off\.$/m);
  t.match(
    stderr,
    /^The import broke off after line 2000: 2000 imported, 0 refused, 1000 sent without an answer, outcome unknown\. Import the same/m,
  );
  t.match(stderr, /^countersign: could not sign out: http:\S+ can't be reached: ECONNREFUSED\. Check that npm start/m);

  await auth.restart();
  const again = await auth.cli('users import - --json', { input: fileOf('third') });
  const report = JSON.parse(again.stdout) as Report;
  t.match(report, { imported: 1500, unknown: 0 }, 'of the 1000, 500 had been imported');
  t.strictSame(
    report.refused.map(({ line }) => line),
    Array.from({ length: 2500 }, (_, index) => index + 1),
  );
  t.strictSame(new Set(report.refused.map(({ reason }) => reason)), new Set(['the username is taken']));
  t.equal(await count(auth, 'third'), LINES, 'everybody, nobody twice');
});

t.test('when auth is killed before any batch has had an answer, all that was sent is said to be unknown', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const auth = await startAuthProcess(t);
  const { code, stdout, stderr } = await importUntil(auth, 'first', 700, 'users import -');
  t.match({ code, stdout }, { code: 1, stdout: '0 imported, 0 refused, 1000 sent without an answer, outcome unknown.\n' });
  t.match(stderr, /^The import broke off: 0 imported, 0 refused, 1000 sent without an answer, outcome unknown\. Import the same/m);
});

t.test('of what a service that fails was sent, the outcome is unknown; of what it refuses, it is not', async (t) => {
  let status = 503;
  const server = createServer(({ url }, response) => {
    response.writeHead(url === '/login' ? 200 : status).end(url === '/login' ? '{"access_token":"a","refresh_token":"r"}' : '');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { COUNTERSIGN_URL: origin, COUNTERSIGN_USERNAME: 'chief', COUNTERSIGN_PASSWORD: 'x' };
  const importAll = () => run(['users', 'import', '-'], { input: `${JSON.stringify({ username: 'ada', password_hash: HASH })}\n`, env });
  const told = `countersign: ${origin} answered`;
  const failed = await importAll();
  t.match(failed, { code: 1, stdout: '0 imported, 0 refused, 1 sent without an answer, outcome unknown.\n' });
  t.match(failed.stderr, `${told} 503, but not as auth does.\nThe import broke off: 0 imported, 0 refused, 1 sent without an answer`);
  status = 403;
  const refused = await importAll();
  t.match(refused, { code: 1, stdout: /^$/ });
  t.ok(refused.stderr.endsWith(`${told} 403, but not as auth does.\n`), refused.stderr);
});

t.test('where nobody could sign in, nothing was sent and nothing is unknown', async (t) => {
  const env = { COUNTERSIGN_URL: `http://127.0.0.1:${await freePort()}`, COUNTERSIGN_USERNAME: 'chief', COUNTERSIGN_PASSWORD: 'x' };
  const ran = await run(['users', 'import', '-', '--json'], { input: fileOf('none'), env });
  t.match(ran, { code: 1, stdout: /^$/, stderr: /^countersign: http:\S+ can't be reached: ECONNREFUSED\. Check that npm start .*\n$/ });
});
