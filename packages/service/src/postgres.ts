import { sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** What a store is given: the database itself or the transaction that it must run in. */
// biome-ignore lint/suspicious/noExplicitAny: stores name tables directly; none uses drizzle's relational schema
export type Database = PgDatabase<PgQueryResultHKT, any, any>;
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0];

export interface PostgresConnection {
  readonly db: Database;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Connects lazily: a database that is down shows at the first query, and again works when it is back. */
export function connectPostgres(url: string): PostgresConnection {
  const client = postgres(url, { max: 10, connect_timeout: 3, idle_timeout: 30, onnotice: () => {} });
  const db = drizzle(client);
  return {
    db,
    ping: async () => {
      await db.execute(sql`select 1`);
    },
    close: () => client.end({ timeout: 2 }),
  };
}
