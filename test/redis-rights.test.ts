import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, needsReal, startPostgres, startProcess, startRedis, until } from '@countersign/testing';
import { Redis } from 'ioredis';
import t from 'tap';
import { call, postJson, withToken } from './call.ts';
import { logIn, newDataDir } from './stack.ts';

t.setTimeout(120_000);

const [STREAM, EPOCH] = ['{countersign}:revocations', '{countersign}:epoch'];
const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const USER = { username: 'grace', password: 'a password nobody has' };

t.test('with the Redis users of the compose stack, which the documents name, every service may do what it does and no more', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const folder = newDataDir(t);
  execFileSync(process.execPath, [pathOf('compose/make-secrets.mjs'), folder]);
  const file = join(folder, 'redis/users.acl');
  const operations = readFileSync(pathOf('docs/operations.md'), 'utf8');
  for (const name of ['auth', 'books', 'default']) {
    const [line = 'none'] = new RegExp(`^user ${name} .*$`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
    t.match(operations, line.replace(/>\S+/, '>…'), `the documents tell the rights of ${name}`);
  }
  appendFileSync(file, 'user inspector on >secret ~* &* +@all\n');
  const { port } = await startRedis(t, ['--aclfile', file]);
  const redisUrlOf = (name: string) => readFileSync(join(folder, name, 'redis_url'), 'utf8').replace('redis:6379', `127.0.0.1:${port}`);
  const connect = (url: string) => {
    const redis = new Redis(url);
    t.teardown(() => redis.disconnect());
    return redis;
  };

  const [issuer, books] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const start = async (name: string, origin: string, env: Readonly<Record<string, string>>) => {
    const [{ url }, { port }] = [await startPostgres(t), new URL(origin)];
    await startProcess(t, pathOf(`services/${name}/src/main.ts`), {
      env: { ISSUER: issuer, PORT: port, DATABASE_URL: url, REDIS_URL: redisUrlOf(name), ...env },
      readyUrl: `${origin}/readyz`,
    });
  };
  await start('auth', issuer, {
    KEY_ENCRYPTION_KEY_FILE: join(folder, 'auth/key_encryption_key'),
    REFRESH_TOKEN_SECRET_FILE: join(folder, 'auth/refresh_token_secret'),
  });
  await start('books', books, {});

  const inspector = connect(`redis://inspector:secret@127.0.0.1:${port}`);
  await postJson(`${issuer}/register`, USER);
  t.equal((await postJson(`${issuer}/login`, { ...USER, password: 'another password' })).status, 401);
  const tokens = await logIn(issuer, USER);
  t.equal((await call(`${books}/books`, withToken(tokens.access_token))).status, 200);
  await call(`${issuer}/logout`, withToken(tokens.refresh_token, 'POST'));
  await until(async () => (await call(`${books}/books`, withToken(tokens.access_token))).status === 401);
  const epoch = await inspector.get(EPOCH);
  await inspector.del(STREAM);
  await until(async () => (await inspector.get(EPOCH)) !== epoch, { timeoutMs: 10_000 });
  t.strictSame(await inspector.acl('LOG'), [], 'nothing was refused that anybody tried');

  const [ofAuth, ofBooks] = [connect(redisUrlOf('auth')), connect(redisUrlOf('books'))];
  await t.rejects(ofBooks.xadd(STREAM, '*', 'kind', 'jti'), /NOPERM/);
  await t.rejects(ofBooks.del(EPOCH), /NOPERM/);
  await t.rejects(ofBooks.config('GET', 'masterauth'), /NOPERM/, 'the passwords in Redis’s configuration');
  // Of the counts of attempts the names alone tell who signs in from where.
  const [count = ''] = await inspector.keys('countersign:rate:*');
  await t.rejects(ofBooks.get(count), /NOPERM/);
  for (const command of ['KEYS *', 'SCAN 0', 'RANDOMKEY', 'CLIENT LIST', 'CLIENT PAUSE 1 WRITE', 'CLIENT KILL USER auth'])
    await t.rejects(ofBooks.call(...(command.split(' ') as [string, ...string[]])), /NOPERM/, command);
  await t.rejects(ofAuth.set('of-another', '1'), /NOPERM/);
  await t.rejects(ofAuth.flushall(), /NOPERM/);
});

t.test('with the Redis users of the compose stack, Redis comes back with what its file kept', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const folder = newDataDir(t);
  execFileSync(process.execPath, [pathOf('compose/make-secrets.mjs'), folder]);
  const file = join(folder, 'redis/users.acl');
  appendFileSync(file, 'user inspector on >secret ~* &* +@all\n');
  const server = await startRedis(t, ['--aclfile', file, '--appendonly', 'yes']);
  const redis = new Redis(`redis://inspector:secret@127.0.0.1:${server.port}`);
  t.teardown(() => redis.disconnect());
  // What a script writes is a transaction in the file.
  await redis.multi().set(EPOCH, '1').xadd(STREAM, '*', 'kind', 'jti', 'id', '1').hset('countersign:revoked:jti:1', 'id', '1').exec();
  await server.restart();
  t.strictSame([await redis.get(EPOCH), await redis.xlen(STREAM), await redis.hget('countersign:revoked:jti:1', 'id')], ['1', 1, '1']);
  t.strictSame(await redis.acl('LOG'), [], 'nothing in the file was refused');
  const stranger = new Redis(server.port, '127.0.0.1');
  t.teardown(() => stranger.disconnect());
  stranger.on('error', () => {});
  await t.rejects(stranger.get(EPOCH), /NOAUTH/, 'nobody gets in without a password');
});
