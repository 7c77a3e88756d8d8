import { testRedis, until } from '@countersign/testing';
import { Cluster } from 'ioredis';
import t from 'tap';
import { copyConnection, onOwnConnection } from '../../src/revocation/connection.ts';

t.test('a copy of a cluster signs in as the original does, with ioredis 5 too, which merges no options of nodes', async (t) => {
  const login = { username: 'books', password: 'secret', tls: { servername: 'redis.example.com' } };
  const redis = new Cluster([{ host: '127.0.0.1', port: 6379 }], { redisOptions: { ...login, commandTimeout: 1000 }, lazyConnect: true });
  const copies = t.capture(redis, 'duplicate', redis.duplicate);
  copyConnection(redis);
  const [, options] = copies()[0]?.args ?? [];
  t.match(options?.redisOptions, { ...login, commandTimeout: undefined });
});

t.test('a connection that has ended leaves no timer, which would hold a process open whose app is closed', async (t) => {
  const { redis } = await testRedis(t);
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const abort = new AbortController();
  const before = timers();
  await onOwnConnection(redis, abort.signal, async (connection) => {
    await connection.ping();
    abort.abort();
    await until(() => connection.status === 'end');
  });
  t.equal(timers(), before);
});
