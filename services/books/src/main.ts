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
import { startBooks } from './start.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const postgres = connectPostgres(config.databaseUrl);
  if (config.migrateOnStart) await migrateDatabase(config.databaseUrl, migrations);
  else await checkMigrations(postgres.db, migrations);
  const redis = connectRedis(config.redisUrl);
  await refuseRedisStandIn(redis);
  const server = await startBooks({ config, db: postgres.db, redis });
  server.addHook('onClose', async () => {
    redis.disconnect();
    await postgres.close();
  });
  await server.listen(config);
  return server;
});
