import dns, { type LookupAddress } from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { BUSY_MS, needsReal, startPostgres, startRedis, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import type { Redis as SingleRedis } from 'ioredis';
import t, { type Test } from 'tap';
import { connectPostgres, connectRedis, type Redis } from '../src/index.ts';
import { shareLookups } from '../src/share-lookups.ts';

type Answer = (error: Error | null, addresses: LookupAddress[]) => void;

const HERE = [{ address: '127.0.0.1', family: 4 }];
const ELSEWHERE = [{ address: '127.0.0.2', family: 4 }];
/** Longer than an attempt to connect: a name server that is silent for a second, asked for the name in three domains. */
const LATE_MS = 3000;

/** Puts a name server of the test's own in place of the machine's. */
function answerLookups(t: Test, lookUp: (host: string, answer: Answer) => void): void {
  const { lookup } = dns;
  const replace = (other: unknown) => {
    Object.assign(dns, { lookup: other });
    syncBuiltinESMExports();
  };
  replace((host: string, _options: object, answer: Answer) => lookUp(host, answer));
  t.teardown(() => replace(lookup));
}

const answerLate = (t: Test) => answerLookups(t, (_host, answer) => setTimeout(answer, LATE_MS, null, HERE));

const isReady = (redis: Redis, timeoutMs: number) => until(() => redis.status === 'ready', { timeoutMs: timeoutMs + BUSY_MS });

t.test('Redis is connected to although looking up its name takes longer than an attempt to connect, and so are duplicates', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const { port } = await startRedis(t);
  answerLate(t);
  const redis = connectRedis(`redis://redis.test:${port}`);
  t.teardown(() => redis.disconnect());
  await isReady(redis, LATE_MS + 1500);
  const copy = (redis as SingleRedis).duplicate();
  t.teardown(() => copy.disconnect());
  await isReady(copy, 500);
});

t.test('Postgres, with one host or several, is connected to although looking up its name takes longer than an attempt', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { port } = await startPostgres(t);
  answerLate(t);
  for (const hosts of [`postgres.test:${port}`, `other.test:${port},postgres.test:${port}`]) {
    const { db, close } = connectPostgres(`postgres://postgres@${hosts}/postgres`);
    t.teardown(close);
    await until(() => db.execute(sql`select 1`), { timeoutMs: 2 * LATE_MS + BUSY_MS });
  }
});

t.test('a name is looked up once for all who ask meanwhile, and anew for each who asks later', async (t) => {
  const waiting: Answer[] = [];
  answerLookups(t, (_host, answer) => waiting.push(answer));
  const lookUp = promisify(shareLookups());
  const both = Promise.all([lookUp('a.test', { all: true }), lookUp('a.test', { all: true })]);
  t.equal(waiting.length, 1);
  waiting[0]?.(null, HERE);
  t.strictSame(await both, [HERE, HERE]);

  const moved = lookUp('a.test', { all: true });
  t.equal(waiting.length, 2);
  waiting[1]?.(null, ELSEWHERE);
  t.strictSame(await moved, ELSEWHERE, 'a host that has moved is followed at once');

  const late = lookUp('a.test', { all: true });
  t.equal(waiting.length, 3);
  t.strictSame(await late, ELSEWHERE, 'the former answer, as this one takes too long');
  waiting[2]?.(null, HERE);
});

t.test('a name that is not found is said so, also where it was found before, and is looked up again', async (t) => {
  let found = true;
  const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND a.test'), { code: 'ENOTFOUND' });
  answerLookups(t, (_host, answer) => setImmediate(() => (found ? answer(null, HERE) : answer(notFound, []))));
  const lookUp = promisify(shareLookups());
  t.equal(await lookUp('a.test', {}), '127.0.0.1');
  found = false;
  await t.rejects(lookUp('a.test', {}), { code: 'ENOTFOUND' });
  found = true;
  t.strictSame(await lookUp('a.test', { all: true }), HERE);
});
