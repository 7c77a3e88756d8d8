import { setDefaultCACertificates } from 'node:tls';
import { needsReal, startPostgres, startTcpProxy, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { connectPostgres, type PostgresConnection } from '../../src/index.ts';
import { isUnavailable } from '../../src/unavailable.ts';

const SLOW_MS = 4500;

async function usesTls({ db }: PostgresConnection): Promise<boolean | undefined> {
  const [row] = await db.select({ tls: sql<boolean>`ssl` }).from(sql`pg_stat_ssl`).where(sql`pid = pg_backend_pid()`);
  return row?.tls;
}

/** The server creates its own certificate, which then belongs to its own user. */
async function switchOnTls({ db }: PostgresConnection): Promise<void> {
  const files = '-keyout server.key -out server.crt';
  const names = '-subj /CN=postgres -addext subjectAltName=IP:127.0.0.1';
  await db.execute(
    sql.raw(`copy (select 1) to program 'openssl req -x509 -newkey rsa:2048 -nodes ${names} ${files} && chmod 600 server.key'`),
  );
  await db.execute(sql`alter system set ssl = on`);
  await db.execute(sql`select pg_reload_conf()`);
}

for (const [name, query, tls] of [
  ['in the clear', '', false],
  ['under TLS', '?sslmode=require', true],
] as const) {
  t.test(`${name}: a connection that leads nowhere any more is given up, and a new one is made`, async (t) => {
    if (!needsReal(t, 'faults')) return;
    const server = await startPostgres(t);
    const administrator = connectPostgres(server.url);
    t.teardown(() => administrator.close());
    if (tls) await switchOnTls(administrator);
    const proxy = await startTcpProxy(t, server.port);
    const connection = connectPostgres(`postgres://postgres@127.0.0.1:${proxy.port}/postgres${query}`, { max: 1 });
    t.teardown(() => connection.close());
    t.equal(await until(async () => (await usesTls(connection)) === tls, { timeoutMs: 10_000 }), true);

    proxy.dropPackets();
    const began = performance.now();
    await t.resolveMatch(usesTls(connection).catch(isUnavailable), true);
    t.ok(performance.now() - began < SLOW_MS);
    // If the old connection didn't end, the only slot in the pool would stay taken forever.
    t.equal(await until(async () => (await usesTls(connection)) === tls, { timeoutMs: 10_000 }), true);
  });
}

t.test('ASVS 12.3.1, 12.3.2, 12.3.4: with sslmode=verify-full an unknown certificate is refused', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const administrator = connectPostgres(server.url);
  t.teardown(() => administrator.close());
  await switchOnTls(administrator);
  const trusting = connectPostgres(`${server.url}?sslmode=require`);
  t.teardown(() => trusting.close());
  await until(() => usesTls(trusting), { timeoutMs: 10_000 });
  const checking = connectPostgres(`${server.url}?sslmode=verify-full`);
  t.teardown(() => checking.close());
  await t.rejects(usesTls(checking), { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
});

t.test(
  'ASVS 12.3.2, 12.3.4: with sslmode=verify-full a known certificate is good for the address that it names, and for no other',
  async (t) => {
    if (!needsReal(t, 'faults')) return;
    const server = await startPostgres(t);
    const administrator = connectPostgres(server.url);
    t.teardown(() => administrator.close());
    await switchOnTls(administrator);
    const [row] = await administrator.db.select({ certificate: sql<string>`pg_read_file('server.crt')` }).from(sql`(select 1) as one`);
    setDefaultCACertificates([row?.certificate ?? '']);
    const connectTo = (host: string) => {
      const connection = connectPostgres(`postgres://postgres@${host}:${server.port}/postgres?sslmode=verify-full`);
      t.teardown(() => connection.close());
      return connection;
    };
    const named = connectTo('127.0.0.1');
    t.equal(await until(() => usesTls(named), { timeoutMs: 10_000 }), true);
    await t.rejects(usesTls(connectTo('localhost')), { cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  },
);

t.test('a Postgres that is given up is named with its host and port in the log', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  server.pause();
  const { db, close } = connectPostgres(server.url);
  t.teardown(close);
  await t.rejects(db.execute(sql`select 1`), { cause: { message: `write CONNECT_TIMEOUT 127.0.0.1:${server.port}` } });
});
