import { Cluster } from 'ioredis';
import t from 'tap';
import { copyConnection } from '../../src/revocation/connection.ts';

t.test('a copy of a cluster signs in as the original does, with ioredis 5 too, which merges no options of nodes', async (t) => {
  const login = { username: 'books', password: 'secret', tls: { servername: 'redis.example.com' } };
  const redis = new Cluster([{ host: '127.0.0.1', port: 6379 }], { redisOptions: { ...login, commandTimeout: 1000 }, lazyConnect: true });
  const copies = t.capture(redis, 'duplicate', redis.duplicate);
  copyConnection(redis);
  const [, options] = copies()[0]?.args ?? [];
  t.match(options?.redisOptions, { ...login, commandTimeout: undefined });
});
