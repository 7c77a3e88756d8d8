import { migrateDatabase } from '@countersign/service';
import { loadConfig, runProcess } from '@countersign/service/process';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';

// For `MIGRATE_ON_START=false`; needs only the database.
await runProcess(async () => {
  const { databaseUrl } = loadConfig({ databaseUrl: settings.databaseUrl }, process.env);
  await migrateDatabase(databaseUrl, migrations);
  process.exit(0);
});
