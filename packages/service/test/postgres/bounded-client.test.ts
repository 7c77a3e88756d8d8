import type { Sql } from 'postgres';
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
