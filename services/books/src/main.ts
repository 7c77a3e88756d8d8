import { listenWhenReady, openConnections } from '@countersign/service';
import { loadConfig, runProcess } from '@countersign/service/process';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';
import { startBooks } from './start.ts';

await runProcess(async () => {
  const config = loadConfig(settings, process.env);
  const connections = await openConnections(config, migrations);
  const server = await startBooks({ config, db: connections.db, redis: connections.redis });
  await listenWhenReady(server, config);
  return { close: () => server.close().then(connections.close) };
});
