import {
  checkMigrations,
  connectPostgres,
  connectRedis,
  loadConfig,
  migrateDatabase,
  refuseRedisStandIn,
  runProcess,
} from '@countersign/service';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';
import { startAuth } from './start.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const postgres = connectPostgres(config.databaseUrl);
  if (config.migrateOnStart) await migrateDatabase(config.databaseUrl, migrations);
  else await checkMigrations(postgres.db, migrations);
  const redis = connectRedis(config.redisUrl);
  await refuseRedisStandIn(redis);
  // A connection of its own, so that a storm of requests doesn't hold up a revocation.
  const feedPostgres = connectPostgres(config.databaseUrl, { max: 2 });
  const server = await startAuth({ config, db: postgres.db, feedDb: feedPostgres.db, redis });
  server.addHook('onClose', async () => {
    redis.disconnect();
    await Promise.all([postgres.close(), feedPostgres.close()]);
  });
  await server.listen(config);
  return server;
});
