import { sql } from 'drizzle-orm';
import { makePgArray, type PgDatabase, type PgQueryResultHKT, parsePgArray } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { boundClient } from './bounded-client.ts';
import { WatchedSockets } from './watched-sockets.ts';

/** What a store receives: the database itself or the transaction that it must run in. */
// biome-ignore lint/suspicious/noExplicitAny: stores name tables directly; none uses drizzle's relational schema
export type Database = PgDatabase<PgQueryResultHKT, any, any>;

export interface PostgresConnection {
  readonly db: Database;
  close(): Promise<void>;
}

export interface PostgresOptions {
  /** Connections at most. */
  readonly max?: number;
  /** Callers that may wait for a connection; further ones are refused at once. */
  readonly maxWaiting?: number;
}

/** The caller's limit, below the 4.5 s after which a request is answered anyway. The server cancels a statement a little earlier. */
const STATEMENT_MS = 3500;
const STATEMENT_SECONDS_ON_SERVER = 3;
/** A connection that has been silent for this long while a caller is overdue is dead. */
const SILENCE_MS = 3000;
const CONNECT_SECONDS = 2;
/** A process that vanishes in the middle of a transaction must not hold its locks for long. */
const IDLE_TRANSACTION_SECONDS = 10;

/**
 * Connects when first used. No call waits longer than a few seconds, whatever happens to the database (down, paused,
 * cut off, restarted, overloaded): it rejects with an error that `isUnavailable` recognizes, and works again by itself
 * when the database is back.
 */
export function connectPostgres(url: string, { max = 10, maxWaiting = 1000 }: PostgresOptions = {}): PostgresConnection {
  const sockets = new WatchedSockets(SILENCE_MS);
  const client = postgres(url, {
    ...COMMON,
    max,
    connect_timeout: CONNECT_SECONDS,
    connection: {
      statement_timeout: STATEMENT_SECONDS_ON_SERVER * 1000,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_SECONDS * 1000,
    },
    // The driver has this option; its types don't.
    ...{ socket: (options: Address) => sockets.open(address(options)) },
  });
  const db = drizzle(boundClient(client, sockets, { max, maxWaiting, statementMs: STATEMENT_MS }));
  return { db, close: () => client.end({ timeout: 2 }) };
}

/** A readiness check: rejects when the database doesn't answer. */
export async function pingPostgres(db: Database): Promise<null> {
  await db.execute(sql`select 1`);
  return null;
}

/** One connection on which a statement may take any time, as long as the server is alive: for migrations. */
export function openUnlimitedPostgres(url: string): Sql {
  return postgres(url, { ...COMMON, max: 1, connect_timeout: 5 });
}

/** What postgres.js passes to `socket`. */
interface Address {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path?: string | false;
}

function address({ host: [host = 'localhost'], port: [port = 5432], path }: Address): { host: string; port: number } | { path: string } {
  return path ? { path } : { host, port };
}

/** postgres.js asks every new connection for the array types, and a failure of that query would end the process. We use these two. */
function arrayType(oid: number, oids: number[], element: (text: string) => unknown) {
  return {
    to: oid,
    from: oids,
    serialize: (value: unknown) => (Array.isArray(value) ? makePgArray(value) : value),
    parse: (text: string) => parsePgArray(text).map(element),
  };
}

const COMMON = {
  onnotice: () => {},
  fetch_types: false,
  types: { textArray: arrayType(1009, [1009, 1015], String), integerArray: arrayType(1007, [1005, 1007], Number) },
  // The pause before the next attempt to connect. By default it grows to 20 s, during which a database that is back isn't used.
  backoff: () => 0,
  // With more, a statement would wait behind a slow one although a connection is free. With 0, transactions don't work.
  max_pipeline: 1,
  keep_alive: 30,
  idle_timeout: 300,
};
