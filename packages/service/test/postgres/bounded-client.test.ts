import type { Sql, TransactionSql } from 'postgres';
import t from 'tap';
import { boundClient } from '../../src/postgres/bounded-client.ts';
import { WatchedSockets } from '../../src/postgres/watched-sockets.ts';

t.test('a statement whose caller was told that it failed, while it waited for a connection, is never sent', async (t) => {
  const sent: string[] = [];
  const first = Promise.withResolvers<unknown[]>();
  const unsafe = (text: string) => {
    sent.push(text);
    return text === 'slow' ? first.promise : Promise.resolve([]);
  };
  const alive = setInterval(() => {}, 60_000);
  t.teardown(() => clearInterval(alive));
  const client = boundClient({ unsafe } as unknown as Sql, new WatchedSockets(1000), { max: 1, maxWaiting: 5, statementMs: 50 });
  const slow = client.unsafe('slow').catch((error: Error) => error.name);
  const waiting = client.unsafe('insert').catch((error: Error) => error.name);
  t.strictSame(await Promise.all([slow, waiting]), ['DatabaseUnavailable', 'DatabaseUnavailable']);
  first.resolve([]);
  await client.unsafe('select');
  t.strictSame(sent, ['slow', 'select']);
});

t.test('a transaction whose caller was told that it failed, while it began, is rolled back before it does anything', async (t) => {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  const begin = async (work: (transaction: TransactionSql) => Promise<unknown>) => {
    await begun.promise;
    const running = work({} as TransactionSql);
    running.then(
      () => ended.resolve('committed'),
      () => ended.resolve('rolled back'),
    );
    return await running;
  };
  const client = boundClient({ begin } as unknown as Sql, new WatchedSockets(1000), { max: 1, maxWaiting: 5, statementMs: 50 });
  let worked = false;
  const transaction = client.begin(async () => {
    worked = true;
  });
  await t.rejects(transaction, { name: 'DatabaseUnavailable' });
  begun.resolve();
  t.equal(await ended.promise, 'rolled back');
  t.notOk(worked);
});
