import { mkdir } from 'node:fs/promises';
import { type Migrations, migrateDatabase, type PostgresConnection } from '@countersign/service';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';

/**
 * Postgres inside this thread, with one connection, its files in `folder`, and its tables up to date. PGlite lets everybody read and write
 * its files: so nobody else may enter their folder.
 */
export async function openPostgresStandIn(folder: string, migrations: Migrations): Promise<PostgresConnection> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create({ dataDir: folder, extensions: { pg_trgm } });
  const db = drizzle(pglite);
  await migrateDatabase({ db, migrate: (config) => migrate(db, config) }, migrations);
  return { db, close: () => pglite.close() };
}
