import { needsReal, startPostgres, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { connectPostgres, isUnavailable, type PostgresConnection } from '../../src/index.ts';

async function connect(t: Test): Promise<{ connection: PostgresConnection; endBackends: () => Promise<void> }> {
  const { url } = await startPostgres(t);
  const connection = connectPostgres(url, { max: 1 });
  const admin = connectPostgres(url, { max: 1 });
  t.teardown(() => Promise.all([connection.close(), admin.close()]));
  return {
    connection,
    async endBackends() {
      const others = sql`pid <> pg_backend_pid() and backend_type = 'client backend'`;
      await admin.db.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
      await until(async () => {
        const gone = await admin.db.select({ left: sql<number>`count(*)::int` }).from(sql`pg_stat_activity`).where(others);
        return gone[0]?.left === 0;
      });
      // The server is done with the connection; the close has to reach this process, too.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    },
  };
}

t.test('a transaction whose connection is lost between two statements fails as unavailable, and the process goes on', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { connection, endBackends } = await connect(t);
  for (let round = 0; round < 3; round += 1) {
    const lost = connection.db.transaction(async (tx) => {
      await tx.execute(sql`select 1`);
      await endBackends();
      await tx.execute(sql`select 2`);
    });
    await t.resolveMatch(lost.catch(isUnavailable), true);
    await until(() => connection.db.execute(sql`select 1`));
  }
});

t.test('a rollback of our own on a connection that is lost meanwhile changes nothing about that', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { connection, endBackends } = await connect(t);
  const lost = connection.db.transaction(async (tx) => {
    await tx.execute(sql`select 1`);
    await endBackends();
    throw new Error('given up');
  });
  await t.resolveMatch(lost.catch(isUnavailable), true);
  await until(() => connection.db.execute(sql`select 1`));
  t.pass('the pool, of one connection, works again');
});
