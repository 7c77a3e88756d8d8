import { join } from 'node:path';
import { settings } from '@countersign/auth/config';
import { migrations } from '@countersign/auth/migrations';
import { startAuth } from '@countersign/auth/start';
import { connectRedis } from '@countersign/service';
import { loadConfig } from '@countersign/service/process';
import { openPostgresStandIn } from '../postgres-stand-in.ts';
import { listen, runInThread } from './run-in-thread.ts';

runInThread(async (dataDir) => {
  const postgres = await openPostgresStandIn(join(dataDir, 'auth'), migrations);
  return async (env) => {
    const config = loadConfig(settings, env);
    const redis = connectRedis(config.redisUrl);
    return await listen(await startAuth({ config, db: postgres.db, redis }), { config, postgres, redis });
  };
});
