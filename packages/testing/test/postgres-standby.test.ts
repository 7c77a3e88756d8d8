import postgres from 'postgres';
import t, { type Test } from 'tap';
import { needsReal, type StartedPostgres, startReplicatedPostgres } from '../src/index.ts';

function connect(t: Test, { url }: StartedPostgres) {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  t.teardown(() => sql.end({ timeout: 1 }));
  return sql;
}

t.test('a standby has what its primary has, takes no writes before it is promoted, and the primary can become its standby', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { primary, standby, promote, demote, caughtUp } = await startReplicatedPostgres(t);
  await connect(t, primary)`create table kept as select 1 as id`;
  await caughtUp();
  const successor = connect(t, standby);
  t.strictSame([...(await successor`select id from kept`)], [{ id: 1 }]);
  await t.rejects(successor`insert into kept values (2)`, { code: '25006' });

  await demote();
  await t.rejects(connect(t, primary)`insert into kept values (2)`, { code: '25006' });
  await promote();
  await successor`insert into kept values (2)`;
});
