import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { createRedisMock } from 'js-redis-server';
import { findRedisServer, givenRedisUrl } from './machine.ts';
import type { Owner } from './owner.ts';
import { startRedis } from './redis-server.ts';

/** For a Redis of the test's own; on any other these throw. See `needsReal(t, 'faults')`. */
interface Faults {
  /** SIGSTOP: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Brings it back on the same port, empty. */
  restart(): Promise<void>;
}

export interface TestRedis extends Faults {
  /** A client without `keyPrefix`, which retries for as long as the test lives. */
  readonly redis: Redis;
  readonly url: string;
  /** The prefix of this test's keys; `''` where the server is the test's own. */
  readonly keyPrefix: string;
  readonly kind: 'redis' | 'embedded';
  flush(): Promise<void>;
}

/** A Redis for this test file: a redis-server of its own, else a prefix on the one at REDIS_URL, else one in JavaScript. */
export async function testRedis(owner: Owner): Promise<TestRedis> {
  if (findRedisServer() !== null) return ownServer(owner);
  const given = givenRedisUrl();
  return given === null ? embedded(owner) : shared(owner, given);
}

async function ownServer(owner: Owner): Promise<TestRedis> {
  const server = await startRedis(owner);
  const redis = connect(owner, server.url);
  const { url, pause, resume, kill, restart } = server;
  return { redis, url, keyPrefix: '', kind: 'redis', pause, resume, kill, restart, flush: async () => void (await redis.flushall()) };
}

function shared(owner: Owner, url: string): TestRedis {
  const redis = connect(owner, url);
  const keyPrefix = `test-${randomBytes(6).toString('hex')}:`;
  const flush = async () => {
    for await (const keys of redis.scanStream({ match: `${keyPrefix}*`, count: 1000 })) {
      const found = keys as string[];
      if (found.length > 0) await redis.unlink(...found);
    }
  };
  owner.teardown(flush);
  return { redis, url, keyPrefix, kind: 'redis', ...noFaults('the Redis at REDIS_URL is shared'), flush };
}

async function embedded(owner: Owner): Promise<TestRedis> {
  const server = await createRedisMock();
  owner.teardown(() => server.close());
  const redis = connect(owner, server.url);
  return {
    redis,
    url: server.url,
    keyPrefix: '',
    kind: 'embedded',
    ...noFaults('the embedded Redis lives in this process'),
    flush: async () => void (await redis.flushall()),
  };
}

/** tap runs teardowns in reverse order, so the client closes before its server. */
function connect(owner: Owner, url: string): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  // Tests see a failure in the command that failed; an 'error' without a listener would end the process.
  redis.on('error', () => {});
  owner.teardown(() => redis.disconnect());
  return redis;
}

function noFaults(reason: string): Faults {
  const refuse = (): never => {
    throw new Error(`${reason}: ask needsReal(t, 'faults') before a fault`);
  };
  return { pause: refuse, resume: refuse, kill: refuse, restart: refuse };
}
