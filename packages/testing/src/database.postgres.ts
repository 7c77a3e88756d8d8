import { randomBytes } from 'node:crypto';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres, { type Sql } from 'postgres';
import type { Migrations, TestDatabase } from './database.ts';
import { migrationsHash } from './migrations-hash.ts';
import type { Owner } from './owner.ts';

/** A database copied from a migrated template, which is made once per set of migrations. */
export async function postgresDatabase(owner: Owner, serverUrl: string, migrations: Migrations): Promise<TestDatabase> {
  const name = `countersign_test_${randomBytes(8).toString('hex')}`;
  await asAdministrator(serverUrl, async (sql) => {
    const template = await migratedTemplate(sql, serverUrl, migrations);
    await sql.unsafe(`create database ${name} template ${template}`);
  });
  const url = onDatabase(serverUrl, name);
  const client = connect(url, 10);
  owner.teardown(async () => {
    await client.end({ timeout: 1 });
    await asAdministrator(serverUrl, (sql) => sql.unsafe(`drop database if exists ${name} with (force)`));
  });
  return { db: drizzle(client), url, kind: 'postgres' };
}

/** Test files run side by side: the first makes the template while the others wait. */
async function migratedTemplate(sql: Sql, serverUrl: string, migrations: Migrations): Promise<string> {
  const template = `countersign_template_${migrationsHash(migrations)}`;
  await sql`select pg_advisory_lock(hashtext(${template}))`;
  const found = await sql`select 1 from pg_database where datname = ${template}`;
  if (found.length === 0) {
    // Migrated under another name, so that a template that exists is complete.
    const unfinished = `${template}_unfinished`;
    await sql.unsafe(`drop database if exists ${unfinished} with (force)`);
    await sql.unsafe(`create database ${unfinished}`);
    const client = connect(onDatabase(serverUrl, unfinished), 1);
    try {
      await migrate(drizzle(client), { migrationsFolder: migrations.folder, migrationsTable: migrations.table });
    } finally {
      await client.end();
    }
    await sql.unsafe(`alter database ${unfinished} rename to ${template}`);
  }
  await sql`select pg_advisory_unlock(hashtext(${template}))`;
  return template;
}

/** One connection, so that the advisory lock is released where it is held; after a failure, closing it releases the lock. */
async function asAdministrator(serverUrl: string, work: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = connect(serverUrl, 1);
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function connect(url: string, max: number): Sql {
  return postgres(url, { max, connect_timeout: 5, onnotice: () => {} });
}

function onDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
