import { mkdir } from 'node:fs/promises';
import { StartError } from '@countersign/problems';
import { type Migrations, migrateDatabase, type PostgresConnection } from '@countersign/service';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { START_OVER } from './start-over.ts';

/** Postgres inside this thread, with one connection, its files in `folder`, and its tables up to date. */
export async function openPostgresStandIn(folder: string, migrations: Migrations): Promise<PostgresConnection> {
  const pglite = await openFiles(folder);
  const db = drizzle(pglite);
  await migrateDatabase({ db, migrate: (config) => migrate(db, config) }, migrations);
  return { db, close: () => pglite.close() };
}

/** PGlite makes its files readable and writable for everybody, so nobody else may enter their folder. */
async function openFiles(folder: string): Promise<PGlite> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await PGlite.create({ dataDir: folder, extensions: { pg_trgm } });
  } catch (cause) {
    throw new StartError(`The database in ${folder} can't be read. ${START_OVER}`, { cause });
  }
}
