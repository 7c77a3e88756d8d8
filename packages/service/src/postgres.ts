import { sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';

/** What a store is given: the database itself or the transaction that it must run in. */
// biome-ignore lint/suspicious/noExplicitAny: stores name tables directly; none uses drizzle's relational schema
export type Database = PgDatabase<PgQueryResultHKT, any, any>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface PostgresConnection {
  readonly db: Database;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Connections at most. */
  readonly max?: number;
}

/** Connects lazily: a database that is down shows at the first query, and again works when it is back. */
export function connectPostgres(url: string, options: PostgresOptions = {}): PostgresConnection {
  const client = openPostgres(url, options);
  const db = drizzle(client);
  return {
    db,
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close: () => client.end({ timeout: 2 }),
  };
}

/** A client of postgres.js without limits on how long a statement may take. */
export function openPostgres(url: string, { max = 10 }: PostgresOptions): Sql {
  return postgres(url, { max, connect_timeout: 3, onnotice: () => {} });
}
