import { spawn } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { linesOf, startStack } from './stack.ts';

t.setTimeout(280_000);

const { cli, json, file, auth, dataDir } = await startStack(t);
const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const PASSWORD = 'a werkzeug password';
const HASH = `pbkdf2:sha256:1000$salt$${pbkdf2Sync(PASSWORD, 'salt', 1000, 32, 'sha256').toString('hex')}`;

interface Report {
  readonly imported: number;
  readonly refused: { line: number; reason: string }[];
}

t.test('10,000 lines of CSV go in, and each that is refused is named by its line, with the reason', async (t) => {
  const lines = Array.from({ length: 10_000 }, (_, index) => {
    if (index % 1000 === 7) return `big${index},nonsense,`;
    if (index % 1000 === 8) return `big${index},${HASH}`;
    if (index % 1000 === 9) return `no spaces ${index},${HASH},`;
    return `"big${index}",${HASH},${index % 2 === 0 ? 'member;admin' : ''}`;
  });
  const path = file('big.csv', `username,password_hash,roles\r\n${lines.join('\r\n')}\r\n`);
  const { code, stdout, stderr } = await cli(`users import ${path} --json`);
  t.equal(code, 1, 'some were refused');
  const { imported, refused } = JSON.parse(stdout) as Report;
  t.equal(imported, 9970);
  t.strictSame(
    refused.map(({ line }) => line),
    Array.from({ length: 10 }, (_, index) => [9, 10, 11].map((line) => line + 1000 * index)).flat(),
  );
  t.match(
    refused.slice(0, 3).map(({ reason }) => reason),
    [/password_hash/, /2 cells, the header 3/, /username/],
  );
  t.match(stderr, /^line \d+: \d+ imported, \d+ refused$/m, 'it tells how far it is');
  t.notMatch(stdout + stderr, HASH);
  t.match(await json('users show big2'), [{ roles: ['admin', 'member'] }]);
  t.match(await json('users show big1'), [{ roles: ['member'] }]);
  const body = JSON.stringify({ username: 'big1', password: PASSWORD });
  t.equal((await fetch(`${auth}/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).status, 200);
  t.equal((await json('users list')).length, 9972, 'page after page');
});

t.test('JSON Lines go in from a file or standard input, and again are refused as taken', async (t) => {
  const text = `${JSON.stringify({ username: 'line1', password_hash: HASH })}\n\n${JSON.stringify({ username: 'line3', password_hash: HASH, roles: [] })}\n`;
  t.match(await cli(`users import ${file('users.jsonl', text)}`), { code: 0, stdout: '2 imported, 0 refused.\n' });
  const again = await cli('users import -', { input: `${text}not json\n` });
  t.equal(again.code, 1);
  t.match(linesOf(again.stdout), [/^LINE +REASON$/, /^1 +.*taken/, /^3 +.*taken/, /^4 +.*JSON/, '0 imported, 3 refused.']);
  t.strictSame((await json<{ roles: string[] }>('users show line3'))[0]?.roles, []);
});

t.test('a list of nobody is imported, which is said', async (t) => {
  for (const path of [file('nobody.csv', 'username,password_hash\n'), file('nobody.jsonl', '')]) {
    t.match(await cli(`users import ${path}`), { code: 0, stdout: '0 imported, 0 refused.\n' }, path);
    t.strictSame(await json(`users import ${path}`), [{ imported: 0, refused: [], unknown: 0 }]);
  }
});

t.test('what is no list of users is refused as a whole', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /first line must name the columns/],
    ['username,password\na,b\n', /column "password" is unknown/],
    ['username,roles\n', /first line must name the columns/],
    ['username,username,password_hash\n', /named twice/],
    [`[{"username": "a", "password_hash": "b"}]`, /JSON array/],
  ];
  for (const [text, words] of cases)
    t.match(await cli(`users import ${file('odd', text)}`), { code: 1, stdout: /^$/, stderr: words }, text);
  t.match(await cli('users import /nowhere.csv'), { code: 1, stderr: /\/nowhere\.csv can't be read: ENOENT/ });
  t.match(await cli('users import x.csv --format xml'), { code: 2, stderr: /--format must be csv or jsonl/ });
  t.match(await cli(`users import ${file('good.txt', `username,password_hash\nodd1,${HASH}\n`)}`), { code: 0 });
});

t.test('a reader who has had enough, as head has, ends the process quietly and signs it out', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'users', 'list'], { env: { ...process.env, DATA_DIR: dataDir } });
  const errors: Buffer[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(text));
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child, 'exit');
  t.equal(Buffer.concat(errors).toString(), '');
  t.equal((await json('sessions list')).length, 1, 'the one that asks');
});

t.test('Ctrl-C ends the process with 130 and its session too', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'audit', 'list', '--follow'], { env: { ...process.env, DATA_DIR: dataDir } });
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  t.strictSame(await once(child, 'exit'), [130, null]);
  t.equal((await json('sessions list')).length, 1);
});
