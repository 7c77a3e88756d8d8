import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '@countersign/problems';
import { and, asc, eq, inArray, ne, or, type SQL, sql } from 'drizzle-orm';
import type { MigrationConfig } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { withCauses } from '../causes.ts';
import { isDenied, isLockTimeout, isUnavailable } from '../unavailable.ts';
import { type Database, openUnlimitedPostgres } from './postgres.ts';
import { explainStandby } from './standby.ts';

export interface Migrations {
  /** The folder that drizzle-kit wrote. */
  readonly folder: string;
  /** The service's own migrations table, e.g. `auth_migrations`. A database with another service's is refused. */
  readonly table: string;
  /** Tables that reveal another service's database even without its migrations table, as after a dump of one schema. */
  readonly foreignTables?: readonly string[];
}

/** A database without a URL (PGlite), and the migrator of its driver. */
export interface MigratableDatabase {
  readonly db: Database;
  readonly migrate: (config: MigrationConfig) => Promise<void>;
}

/** How long an instance waits for another one that migrates, or for tables in use. */
const LOCK_WAIT_SECONDS = 60;
/** A statement that waits for a table, as during a backup, blocks every later statement on it. So it gives up before those time out. */
const TABLE_WAIT_MS = 1000;
const PAUSE_MS = 1000;
/** Any number, but the same in all instances: only one migrates a database at a time. */
const MIGRATION_LOCK = 7_263_401;
/** Holds the migrations table, and nothing else. */
const MIGRATIONS_SCHEMA = 'drizzle';
const NOT_THE_OWNER =
  'The user of DATABASE_URL lacks a right. It must own the database (ALTER DATABASE … OWNER TO …) and the tables in it.';

// Columns of pg_tables.
const SCHEMA = sql`schemaname`;
const NAME = sql`tablename`;

/**
 * Brings the tables up to date, one instance at a time.
 *
 * @throws StartError when the database can't be used, belongs to another service, or another instance takes too long to migrate
 */
export async function migrateDatabase(target: string | MigratableDatabase, migrations: Migrations): Promise<void> {
  if (typeof target !== 'string') return await migrateUnderLock(target, migrations);
  const client = openUnlimitedPostgres(target);
  const db = drizzle(client);
  try {
    const work = migrateUnderLock({ db, migrate: (config) => migrate(db, config) }, migrations);
    await orStartError(work, (error) => explainStandby(error, client));
  } finally {
    await client.end({ timeout: 2 });
  }
}

/**
 * For `MIGRATE_ON_START=false`: checks, and changes nothing.
 *
 * @throws StartError when the database can't be used, belongs to another service, or lacks migrations, which the error names
 */
export async function checkMigrations(db: Database, migrations: Migrations): Promise<void> {
  const pending = await orStartError(refuseOtherService(db, migrations).then(() => findPending(db, migrations)));
  if (pending.length === 0) return;
  throw new StartError(
    `The database lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`} (${pending.join(', ')}). Run the migrate script, or start with MIGRATE_ON_START=true.`,
  );
}

async function migrateUnderLock({ db, migrate }: MigratableDatabase, migrations: Migrations): Promise<void> {
  await setLockTimeout(db, LOCK_WAIT_SECONDS * 1000);
  // Released when the session ends.
  await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK})`).catch((cause: unknown) => {
    if (!isLockTimeout(cause)) throw cause;
    throw new StartError(
      `Another instance has been migrating this database for more than ${LOCK_WAIT_SECONDS} s. Start again when it has finished.`,
      { cause },
    );
  });
  // Under the lock: when two services start at once on one empty database, the second sees the tables of the first.
  await refuseOtherService(db, migrations);
  await setLockTimeout(db, TABLE_WAIT_MS);
  const { folder, table } = migrations;
  await repeatWhileLocked(() => migrate({ migrationsFolder: folder, migrationsTable: table, migrationsSchema: MIGRATIONS_SCHEMA }));
}

async function setLockTimeout(db: Database, ms: number): Promise<void> {
  await db.execute(sql`select set_config('lock_timeout', ${String(ms)}, false)`);
}

/** All pending migrations are one transaction, so an attempt that timed out has changed nothing. */
async function repeatWhileLocked(work: () => Promise<void>): Promise<void> {
  const giveUpAtMs = performance.now() + LOCK_WAIT_SECONDS * 1000;
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      if (!isLockTimeout(cause)) throw cause;
      if (performance.now() > giveUpAtMs)
        throw new StartError(
          `A table that a migration changes was in use for more than ${LOCK_WAIT_SECONDS} s, for example by a backup. Start again when it is free.`,
          { cause },
        );
    }
    await sleep(PAUSE_MS);
  }
}

async function orStartError<Result>(work: Promise<Result>, explain = (error: unknown) => error): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StartError) throw error;
    const cause = withCauses(error).at(-1);
    if (isDenied(error)) throw new StartError(NOT_THE_OWNER, { cause });
    if (isUnavailable(error)) throw new StartError('The database of DATABASE_URL cannot be used.', { cause: explain(cause) });
    throw error;
  }
}

async function refuseOtherService(db: Database, { table, foreignTables = [] }: Migrations): Promise<void> {
  const isOtherMigrations = and(eq(SCHEMA, MIGRATIONS_SCHEMA), ne(NAME, table));
  const others = await findTables(db, or(isOtherMigrations, inArray(NAME, [...foreignTables])));
  if (others.length > 0)
    throw new StartError(
      `This database holds tables of another service (${others.join(', ')}). Every service has a database of its own: check DATABASE_URL.`,
    );
}

async function findTables(db: Database, condition: SQL | undefined): Promise<string[]> {
  const rows = await db
    .select({ name: sql<string>`${NAME}` })
    .from(sql`pg_catalog.pg_tables`)
    .where(condition)
    .orderBy(asc(NAME));
  return rows.map(({ name }) => name);
}

interface JournalEntry {
  readonly when: number;
  readonly tag: string;
}

async function findPending(db: Database, { folder, table }: Migrations): Promise<string[]> {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as { entries: readonly JournalEntry[] };
  const isNew = (await findTables(db, and(eq(SCHEMA, MIGRATIONS_SCHEMA), eq(NAME, table)))).length === 0;
  const [last] = isNew
    ? []
    : await db
        .select({ when: sql<string | null>`max(created_at)` })
        .from(sql`${sql.identifier(MIGRATIONS_SCHEMA)}.${sql.identifier(table)}`);
  return entries.filter(({ when }) => when > Number(last?.when ?? 0)).map(({ tag }) => tag);
}
