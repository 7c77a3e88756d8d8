import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { pgliteDatabase } from './database.pglite.ts';
import { postgresDatabase } from './database.postgres.ts';
import { findPostgresBin, givenDatabaseUrl } from './machine.ts';
import type { Owner } from './owner.ts';
import { type StartedPostgres, startPostgres } from './postgres-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: the same type that stores take; none uses drizzle's relational schema
export type Database = PgDatabase<PgQueryResultHKT, any, any>;

export interface Migrations {
  readonly folder: string;
  readonly table: string;
}

export interface TestDatabase {
  readonly db: Database;
  /** For a process that connects by itself; `null` on PGlite, which runs in this process. */
  readonly url: string | null;
  readonly kind: 'postgres' | 'pglite';
}

/** A new, migrated database for this test file, dropped at its end: on DATABASE_URL, else on this machine's Postgres, else on PGlite. */
export async function testDatabase(owner: Owner, { migrations }: { readonly migrations: Migrations }): Promise<TestDatabase> {
  const given = givenDatabaseUrl();
  if (given !== null) return postgresDatabase(owner, given, migrations);
  if (findPostgresBin() === null) return pgliteDatabase(owner, migrations);
  clusterOfThisProcess ??= startPostgres(untilTheProcessEnds);
  return postgresDatabase(owner, (await clusterOfThisProcess).url, migrations);
}

/** Only for a test file run by itself: `npm test` starts one cluster for all files and passes its DATABASE_URL. */
let clusterOfThisProcess: Promise<StartedPostgres> | undefined;
const untilTheProcessEnds: Owner = { teardown: () => {} };
