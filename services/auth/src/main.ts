import { checkMigrations, connectPostgres, connectRedis, loadConfig, migrateDatabase, runProcess } from '@countersign/service';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';
import { startAuth } from './start.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const postgres = connectPostgres(config.databaseUrl);
  if (config.migrateOnStart === 'true') await migrateDatabase(config.databaseUrl, migrations);
  else await checkMigrations(postgres.db, migrations);
  const redis = connectRedis(config.redisUrl);
  const server = await startAuth({ config, db: postgres.db, redis });
  await server.listen(config);
  return {
    async close() {
      await server.close();
      redis.disconnect();
      await postgres.close();
    },
  };
});
