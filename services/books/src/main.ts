import { checkMigrations, connectPostgres, connectRedis, loadConfig, migrateDatabase, runProcess } from '@countersign/service';
import { createRemoteKeys, followRevocations } from '@countersign/verifier';
import { createApp } from './app.ts';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const postgres = connectPostgres(config.databaseUrl);
  if (config.migrateOnStart) await migrateDatabase(config.databaseUrl, migrations);
  else await checkMigrations(postgres.db, migrations);
  const keys = createRemoteKeys({ url: config.jwksUrl ?? `${config.issuer}/.well-known/jwks.json` });
  const revocations = followRevocations({ redis: connectRedis(config.redisUrl) });
  const server = await createApp({ config, db: postgres.db, keys, revocations, readiness: {} });
  await server.listen(config);
  return { close: () => server.close() };
});
