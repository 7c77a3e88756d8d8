import { loadConfig, migrateDatabase } from '@countersign/service';
import { settings } from './config.ts';
import { migrations } from './migrations.ts';

/** Brings the tables up to date and ends: for `MIGRATE_ON_START=false`. */
const { databaseUrl } = loadConfig({ databaseUrl: settings.databaseUrl }, process.env);
await migrateDatabase(databaseUrl, migrations);
