import { connectPostgres, listenWhenReady, openConnections } from '@countersign/service';
import { loadConfig, runProcess } from '@countersign/service/process';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';
import { startAuth } from './start.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const connections = await openConnections(config, migrations);
  // A connection of its own, so that a storm of requests doesn't hold up a revocation.
  const feedPostgres = connectPostgres(config.databaseUrl, { max: 2 });
  const server = await startAuth({ config, db: connections.db, feedDb: feedPostgres.db, redis: connections.redis });
  await listenWhenReady(server, config);
  return {
    async close() {
      await server.close();
      await Promise.all([connections.close(), feedPostgres.close()]);
    },
  };
});
