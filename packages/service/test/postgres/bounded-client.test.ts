import type { Sql, TransactionSql } from 'postgres';
import t, { type Test } from 'tap';
import { boundClient } from '../../src/postgres/bounded-client.ts';
import { WatchedSockets } from '../../src/postgres/watched-sockets.ts';

/** A client of one connection, on this driver. */
function bound(driver: object, statementMs: number, sockets = new WatchedSockets(1000)): Sql {
  return boundClient(driver as Sql, sockets, { max: 1, maxWaiting: 5, statementMs });
}

/** Limits alone keep no process alive. */
function stayAlive(t: Test): void {
  const alive = setInterval(() => {}, 60_000);
  t.teardown(() => clearInterval(alive));
}

t.test('a statement whose caller was told that it failed, while it waited for a connection, is never sent', async (t) => {
  const sent: string[] = [];
  const first = Promise.withResolvers<unknown[]>();
  const unsafe = (text: string) => {
    sent.push(text);
    return text === 'slow' ? first.promise : Promise.resolve([]);
  };
  stayAlive(t);
  const client = bound({ unsafe }, 50);
  const slow = client.unsafe('slow').catch((error: Error) => error.name);
  const waiting = client.unsafe('insert').catch((error: Error) => error.name);
  t.strictSame(await Promise.all([slow, waiting]), ['DatabaseUnavailable', 'DatabaseUnavailable']);
  first.resolve([]);
  await client.unsafe('select');
  t.strictSame(sent, ['slow', 'select']);
});

t.test('a statement that was answered in time is never overdue, so that no connection ends for its silence', async (t) => {
  const sockets = new WatchedSockets(1000);
  const overdue = t.capture(sockets, 'overdue', () => () => {});
  const unsafe = async () => [];
  const client = bound({ unsafe }, 10, sockets);
  await client.unsafe('select');
  // Timers of one length fire in the order in which they were started.
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.strictSame(overdue(), []);
});

t.test('a statement is overdue from its limit until it ends, and no longer', async (t) => {
  const sockets = new WatchedSockets(1000);
  let overdue = 0;
  t.intercept(sockets, 'overdue', {
    value: () => {
      overdue += 1;
      return () => {
        overdue -= 1;
      };
    },
  });
  const answer = Promise.withResolvers<unknown[]>();
  stayAlive(t);
  const client = bound({ unsafe: () => answer.promise }, 10, sockets);
  await t.rejects(client.unsafe('slow'), { name: 'DatabaseUnavailable' });
  t.equal(overdue, 1);
  answer.resolve([]);
  await client.unsafe('next');
  t.equal(overdue, 0);
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
  const client = bound({ begin }, 50);
  let worked = false;
  const transaction = client.begin(async () => {
    worked = true;
  });
  await t.rejects(transaction, { name: 'DatabaseUnavailable' });
  begun.resolve();
  t.equal(await ended.promise, 'rolled back');
  t.notOk(worked);
});

t.test('a transaction may take longer than a statement, and each of its statements has the limit of its own', async (t) => {
  const begun = async (work: (transaction: TransactionSql) => Promise<unknown>) => await work(transaction as unknown as TransactionSql);
  const transaction = { unsafe: (text: string) => (text === 'never' ? new Promise(() => {}) : Promise.resolve([])), savepoint: begun };
  const client = bound({ begin: begun }, 10);
  stayAlive(t);
  const long = client.begin(async (tx) => {
    await tx.unsafe('quick');
    // Timers of one length fire in the order in which they were started.
    await new Promise((resolve) => setTimeout(resolve, 10));
    return 'done';
  });
  t.equal(await long, 'done');
  await t.rejects(
    client.begin((tx) => tx.unsafe('never')),
    { name: 'DatabaseUnavailable' },
  );
  await t.rejects(
    client.begin((tx) => tx.savepoint((inner) => inner.unsafe('never'))),
    { name: 'DatabaseUnavailable' },
  );
});

t.test('a statement with parameters is prepared, unless it is so long that it will hardly come again', async (t) => {
  const prepared: (boolean | undefined)[] = [];
  const unsafe = async (_text: string, _parameters: unknown, options?: { readonly prepare?: boolean }) => {
    prepared.push(options?.prepare);
    return [];
  };
  const client = bound({ unsafe }, 1000);
  await client.unsafe('select $1', [1]);
  await client.unsafe('select 1');
  await client.unsafe(`select $1 -- ${'x'.repeat(4000)}`, [1]);
  t.strictSame(prepared, [true, false, false]);
});
