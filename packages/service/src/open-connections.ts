import { checkMigrations, type Migrations, migrateDatabase } from './postgres/migrate.ts';
import { connectPostgres, type Database } from './postgres/postgres.ts';
import { connectRedis, type Redis } from './redis/redis.ts';
import { refuseRedisStandIn } from './redis/redis-stand-in.ts';
import type { RedisTarget } from './redis/redis-url.ts';

export interface ConnectionSettings {
  readonly databaseUrl: string;
  readonly migrateOnStart: boolean;
  readonly redisUrl: RedisTarget;
}

export interface OpenConnections {
  readonly db: Database;
  readonly redis: Redis;
  /** Call it after the server's own `close`, during which requests may still use both. */
  close(): Promise<void>;
}

/**
 * Opens what a service depends on: its database, with the tables up to date, and the Redis that all services share, which may be down at
 * this moment.
 *
 * @throws StartError when the database lacks migrations, is another service's or can't be used, or Redis is a stand-in
 */
export async function openConnections(
  { databaseUrl, migrateOnStart, redisUrl }: ConnectionSettings,
  migrations: Migrations,
): Promise<OpenConnections> {
  const postgres = connectPostgres(databaseUrl);
  const redis = connectRedis(redisUrl);
  const close = async () => {
    redis.disconnect();
    await postgres.close();
  };
  try {
    if (migrateOnStart) await migrateDatabase(databaseUrl, migrations);
    else await checkMigrations(postgres.db, migrations);
    await refuseRedisStandIn(redis);
  } catch (error) {
    await close();
    throw error;
  }
  return { db: postgres.db, redis, close };
}
