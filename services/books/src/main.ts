import { checkMigrations, connectPostgres, connectRedis, loadConfig, migrateDatabase, runProcess } from '@countersign/service';
import { createApp } from './app.ts';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const postgres = connectPostgres(config.databaseUrl);
  if (config.migrateOnStart) await migrateDatabase(config.databaseUrl, migrations);
  else await checkMigrations(postgres.db, migrations);

  const redis = connectRedis(config.redisUrl);
  const server = await createApp({
    config,
    postgres,
    keys: { url: config.jwksUrl ?? `${config.issuer}/.well-known/jwks.json` },
    revocations: {
      redis,
      maxStalenessSeconds: config.revocationMaxStalenessSeconds,
      maxSilenceSeconds: config.revocationMaxSilenceSeconds,
    },
  });
  server.addHook('onClose', async () => {
    redis.disconnect();
    await postgres.close();
  });
  await server.listen(config);
  return server;
});
