import { createHash } from 'node:crypto';
import type { Redis } from '@countersign/service';

export interface RedisScript {
  /** @throws the server's error, or `Command timed out` */
  run(redis: Redis, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/** A Lua script, sent by its digest, and in full only to a server that doesn't know it yet. */
export function createScript(lua: string): RedisScript {
  const sha1 = createHash('sha1').update(lua).digest('hex');
  return {
    async run(redis, keys, args) {
      try {
        return await redis.evalsha(sha1, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return redis.eval(lua, keys.length, ...keys, ...args);
      }
    },
  };
}
