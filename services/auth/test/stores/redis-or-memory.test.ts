import t from 'tap';
import { RedisOrMemory } from '../../src/stores/redis-or-memory.ts';

t.test('counting goes on in memory while Redis is away, and both changes are told once', async (t) => {
  let nowMs = performance.now();
  t.intercept(performance, 'now', { value: () => nowMs });
  const told: string[] = [];
  const log = {
    warn: ({ err }: { err?: Error }, message: string) => told.push(`${message}: ${err?.message}`),
    info: (_fields: object, message: string) => told.push(message),
  };
  let isAway = true;
  const redis = async () => {
    if (isAway) throw new Error('Connection is closed.');
    return 'redis';
  };
  const counts = new RedisOrMemory({ redis, memory: async () => 'memory', log });
  const count = () => counts.run((store) => store());
  t.strictSame(await Promise.all([count(), count()]), ['memory', 'memory']);
  t.equal(await count(), 'memory');
  isAway = false;
  nowMs += 1999;
  t.equal(await count(), 'memory', 'it is left alone for a while');
  nowMs += 1;
  t.equal(await count(), 'redis');
  t.equal(await count(), 'redis');
  t.strictSame(told, [
    'attempts are counted in memory, by each instance for itself, until Redis answers: Connection is closed.',
    'attempts are counted in Redis again',
  ]);
});
