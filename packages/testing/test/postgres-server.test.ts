import { existsSync } from 'node:fs';
import postgres from 'postgres';
import t from 'tap';
import { needsReal, startPostgres, until } from '../src/index.ts';
import { childrenOf } from '../src/process-tree.ts';

t.test('a Postgres of the test can be paused, killed and started again on its data', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const sql = postgres(server.url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  t.teardown(() => sql.end({ timeout: 1 }));
  await sql`create table kept (id integer)`;
  await sql`insert into kept values (1)`;

  server.pause();
  const answer = sql`select id from kept`.execute();
  const late = postgres(server.url, { max: 1, connect_timeout: 1 });
  t.teardown(() => late.end({ timeout: 1 }));
  await t.rejects(late`select 1`, { code: 'CONNECT_TIMEOUT' });
  server.resume();
  t.strictSame([...(await answer)], [{ id: 1 }]);

  await server.kill();
  await t.rejects(sql`select 1`);
  await server.restart();
  t.strictSame([...(await until(() => sql`select id from kept`))], [{ id: 1 }]);
});

t.test('a Postgres that is killed while it is paused leaves no process behind', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const server = await startPostgres(t);
  const children = childrenOf(server.pid());
  t.not(children.length, 0);
  server.pause();
  await server.kill();
  await t.resolves(until(async () => children.every((pid) => !existsSync(`/proc/${pid}`))));
});
