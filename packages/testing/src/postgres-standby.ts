import postgres, { type Sql } from 'postgres';
import type { Owner } from './owner.ts';
import { type StartedPostgres, startPostgres, startStandby } from './postgres-server.ts';
import { until } from './until.ts';

export interface ReplicatedPostgres {
  readonly primary: StartedPostgres;
  readonly standby: StartedPostgres;
  /** From now on the standby takes writes, whatever has become of the primary. */
  promote(): Promise<void>;
  /** Kills the primary, which comes back on its port as a standby of the other server: it can be read, and takes no writes. */
  demote(): Promise<void>;
  createDatabase(name: string): Promise<void>;
  /** Resolves when the standby has everything that the primary has committed. */
  caughtUp(): Promise<void>;
}

const LONG = { timeoutMs: 20_000, everyMs: 25 };

/** A primary and a standby that follows it, asynchronously, ready for a failover. */
export async function startReplicatedPostgres(owner: Owner): Promise<ReplicatedPostgres> {
  const primary = await startPostgres(owner);
  const standby = await startStandby(owner, primary);
  return {
    primary,
    standby,
    async promote() {
      await ask(standby, (sql) => sql`select pg_promote()`);
    },
    async createDatabase(name) {
      await ask(primary, (sql) => sql.unsafe(`create database ${name}`));
    },
    async demote() {
      await ask(primary, async (sql) => {
        await sql.unsafe(`alter system set primary_conninfo = 'host=127.0.0.1 port=${standby.port} user=postgres'`);
        const [row] = await sql`show data_directory`;
        // Written by the server, so that the file belongs to the server's user.
        await sql.unsafe(`copy (select) to '${row?.data_directory}/standby.signal'`);
      });
      await primary.restart();
    },
    async caughtUp() {
      const [written] = await ask(primary, (sql) => sql<{ lsn: string }[]>`select pg_current_wal_lsn() as lsn`);
      const hasIt = async () => {
        const [row] = await ask(standby, (sql) => sql`select pg_last_wal_replay_lsn() >= ${written?.lsn ?? null}::pg_lsn as is`);
        return row?.is === true;
      };
      await until(hasIt, LONG);
    },
  };
}

async function ask<Answer>({ url }: StartedPostgres, question: (sql: Sql) => Promise<Answer>): Promise<Answer> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    return await question(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
