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
  const counts = new RedisOrMemory({ counted: 'attempts', redis, memory: async () => 'memory', log });
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

t.test('a Redis that answers questions, but takes no counts, as with a full disk, is told of once and not as being back', async (t) => {
  let nowMs = performance.now();
  t.intercept(performance, 'now', { value: () => nowMs });
  const told: string[] = [];
  const log = {
    warn: (_fields: object, message: string) => told.push(message),
    info: (_fields: object, message: string) => told.push(message),
  };
  let isFull = true;
  const redis = {
    ask: async () => 'redis',
    count: async () => {
      if (isFull) throw new Error('MISCONF Errors writing to the AOF file: No space left on device');
      return 'redis';
    },
  };
  const memory = { ask: async () => 'memory', count: async () => 'memory' };
  const counts = new RedisOrMemory({ counted: 'failed sign-ins', redis, memory, log });
  for (const counted of ['memory', 'memory', 'redis']) {
    isFull = counted === 'memory';
    t.equal(await counts.ask((store) => store.ask()), 'redis');
    t.equal(await counts.run((store) => store.count()), counted);
    nowMs += 2000;
  }
  t.strictSame(told, [
    'failed sign-ins are counted in memory, by each instance for itself, until Redis answers',
    'failed sign-ins are counted in Redis again',
  ]);
});
