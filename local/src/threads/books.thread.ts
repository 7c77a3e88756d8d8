import { join } from 'node:path';
import { settings } from '@countersign/books/config';
import { migrations } from '@countersign/books/migrations';
import { startBooks } from '@countersign/books/start';
import { connectRedis } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { openPostgresStandIn } from '../postgres-stand-in.ts';
import { listen, runInThread } from './run-in-thread.ts';

runInThread(async (dataDir) => {
  const postgres = await openPostgresStandIn(join(dataDir, 'books'), migrations);
  return async (env) => {
    const config = loadConfig(settings, env);
    const redis = connectRedis(config.redisUrl);
    return await listen(await startBooks({ config, db: postgres.db, redis }), { config, postgres, redis });
  };
});
