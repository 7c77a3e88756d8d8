import type { Database } from './postgres.ts';

export interface Migrations {
  /** The folder that drizzle-kit wrote. */
  readonly folder: string;
  /** The service's own migrations table, e.g. `auth_migrations`. */
  readonly table: string;
  /** Tables that only another service has: a database that holds one of them is refused. */
  readonly foreignTables: readonly string[];
}

export async function migrateDatabase(_db: Database, _migrations: Migrations): Promise<void> {
  throw new Error('migrateDatabase is being written');
}
