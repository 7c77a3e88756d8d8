import type { LookupFunction, Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import { makePgArray, type PgDatabase, type PgQueryResultHKT, parsePgArray } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Options, type Sql } from 'postgres';
import { boundClient } from './bounded-client.ts';
import { hostChooser } from './choose-host.ts';
import { addressOf, parseDatabaseUrl } from './database-url.ts';
import { WatchedSockets } from './watched-sockets.ts';

/** What a store receives: the database itself or the transaction that it must run in. */
// biome-ignore lint/suspicious/noExplicitAny: stores name tables directly; none uses drizzle's relational schema
export type Database = PgDatabase<PgQueryResultHKT, any, any>;

export interface PostgresConnection {
  readonly db: Database;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly max?: number;
  /** How many callers may wait for a connection; further ones are refused at once. */
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

/** How long each of several hosts may take to say whether it takes writes, so that a paused one leaves time for the next. */
const CHOICE_MS = 1000;

/**
 * Connects when first used. No call waits longer than a few seconds, whatever happens to the database (down, paused, cut off, restarted,
 * overloaded, replaced by its standby): it rejects with an error that `isUnavailable` recognizes. Calls succeed again as soon as the
 * database is back.
 */
export function connectPostgres(url: string, { max = 10, maxWaiting = 1000 }: PostgresOptions = {}): PostgresConnection {
  const sockets = new WatchedSockets(SILENCE_MS);
  const client = openClient(url, sockets, {
    max,
    connect_timeout: CONNECT_SECONDS,
    connection: {
      statement_timeout: STATEMENT_SECONDS_ON_SERVER * 1000,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_SECONDS * 1000,
    },
  });
  const db = drizzle(boundClient(client, sockets, { max, maxWaiting, statementMs: STATEMENT_MS }));
  return { db, close: () => client.end({ timeout: 2 }) };
}

/** A readiness check; rejects when the database doesn't answer. */
export async function pingPostgres(db: Database): Promise<null> {
  await db.execute(sql`select 1`);
  return null;
}

/**
 * One connection without a limit for statements, for migrations. A server that is paused while connecting is noticed. One that is paused
 * later is waited for: it looks the same as a busy one.
 */
export function openUnlimitedPostgres(url: string): Sql {
  return openClient(url, new WatchedSockets(SILENCE_MS), { max: 1, connect_timeout: 5 });
}

function openClient(url: string, sockets: WatchedSockets, options: Options<Record<string, never>>): Sql {
  const urls = parseDatabaseUrl(url);
  // There is nothing to choose from a single host: postgres.js refuses a standby.
  const choose = urls.length === 1 ? async () => urls[0] : hostChooser(urls, (one) => takesWrites(one, sockets.lookup));
  return openDriver(urls[0], options, async () => sockets.open(addressOf(await choose())));
}

/** Asks on a separate connection. Transactions are read-only on a standby, and where an administrator has set that. */
async function takesWrites(url: string, lookup: LookupFunction): Promise<boolean> {
  const sockets = new WatchedSockets(SILENCE_MS, lookup);
  const client = openDriver(url, { max: 1 }, async () => sockets.open(addressOf(url)));
  const limit = setTimeout(() => sockets.endAll(`The database did not answer within ${CHOICE_MS} ms.`), CHOICE_MS);
  try {
    const [row] = await client`show transaction_read_only`;
    return row?.transaction_read_only === 'off';
  } catch {
    return false;
  } finally {
    clearTimeout(limit);
    void client.end({ timeout: 0 });
  }
}

/** @param socket - must not reject, or postgres.js would never use that connection again */
function openDriver(url: string, options: Options<Record<string, never>>, socket: () => Promise<Socket>): Sql {
  // The driver has the option `socket`; its types don't.
  return postgres(url, { ...COMMON, ...options, ...{ socket } });
}

/** The two array types that we use. postgres.js would ask each new connection for all, and a failure of that would end the process. */
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
  // The pause before the next attempt to connect. By default it grows to 20 s, in which a database that is back goes unused.
  backoff: () => 0,
  keep_alive: 30,
  idle_timeout: 300,
  // A connection to a standby would be kept after another server was promoted, and answer from a copy that grows old. `read-write`, as
  // postgres.js understands it, accepts a standby.
  target_session_attrs: 'primary',
} as const;
