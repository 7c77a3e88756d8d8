import { connectPostgres } from '@countersign/service';
import { needsReal, testDatabase, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { type LockedOutbox, REBUILD_START } from '../../src/domain/revocation/outbox.ts';
import { migrations } from '../../src/migrations.ts';
import { createRevocationOutbox } from '../../src/stores/revocation-outbox.postgres.ts';
import { revocations } from '../../src/stores/schema.ts';
import { countWaiting } from '../count-waiting.ts';
import { inSeconds } from '../feed/feed-stack.ts';
import { countRowsRead } from './count-rows-read.ts';

t.test(
  'entries that have no key yet are found without reading those that wait to be sent, of which an outage makes millions',
  async (t) => {
    if (!needsReal(t, 'postgres')) return;
    const { db } = await testDatabase(t, { migrations });
    await db.execute(sql`
    insert into ${revocations} (kind, id, expires_at, sent_at, keyed_at)
    select 'sid', n, 1, case when n <= 4 then now() end, case when n <= 2 then now() end from generate_series(1, 5000) as n`);
    await db.execute(sql`analyze ${revocations}`);
    await db.transaction(async (tx) => {
      const found = await createRevocationOutbox(tx).locked(({ findUnkeyed }) => findUnkeyed(10));
      t.match(found, [{ id: '3' }, { id: '4' }]);
      const read = await countRowsRead(tx, 'revocations');
      t.ok(read <= 10, `it read ${read} rows`);
    });
  },
);

const anHourAgo = new Date(Date.now() - 3_600_000);

t.test('a rebuild reads what was sent and is live, page after page, what never lapses first and then what lapses last', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const sent = { kind: 'jti', sentAt: anHourAgo } as const;
  const late = inSeconds(900);
  await db.insert(revocations).values([
    { ...sent, id: 'early', expiresAt: inSeconds(300) },
    { ...sent, id: 'lapsed', expiresAt: inSeconds(-1) },
    { ...sent, id: 'late 1', expiresAt: late },
    { ...sent, id: 'late 2', expiresAt: late },
    { ...sent, id: 'late 3', expiresAt: late },
    { ...sent, id: 'never', kind: 'kid', expiresAt: null },
    { kind: 'jti', id: 'unsent', expiresAt: late },
  ]);
  const readAll = async ({ findSent }: LockedOutbox) => {
    const found: string[] = [];
    for (let from = REBUILD_START, page = await findSent(from, 2); page.length > 0; page = await findSent(from, 2)) {
      for (const { id, expiresAt, seq } of page) {
        found.push(id);
        from = { end: expiresAt ?? REBUILD_START.end, seq };
      }
    }
    return found;
  };
  const order = ['never', 'late 3', 'late 2', 'late 1', 'early'];
  t.strictSame(await createRevocationOutbox(db).locked(readAll), order);
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local enable_indexscan = off`);
    t.strictSame(await createRevocationOutbox(tx).locked(readAll), order, 'also where Postgres does not take the index');
  });
});

t.test('an entry that is sent again keeps its first time, and its row is not written where nothing changes', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const sent = { kind: 'jti', expiresAt: inSeconds(900), sentAt: anHourAgo } as const;
  await db.insert(revocations).values([
    { ...sent, id: 'keyed', keyedAt: anHourAgo },
    { ...sent, id: 'unkeyed' },
  ]);
  const read = () =>
    db
      .select({ id: revocations.id, sentAt: revocations.sentAt, keyedAt: revocations.keyedAt, writtenBy: sql<string>`xmin::text` })
      .from(revocations)
      .orderBy(revocations.seq);
  const before = await read();
  await createRevocationOutbox(db).locked(async ({ findSent, save }) =>
    save({
      feed: { epoch: 'e', lastEntryId: '0-0', newestId: '0-0', rebuild: null },
      listed: await findSent(REBUILD_START, 10),
      unkeyed: [],
    }),
  );
  const [keyed, unkeyed] = await read();
  t.strictSame(keyed, before[0]);
  t.strictSame(unkeyed?.sentAt, anHourAgo);
  t.ok(Number(unkeyed?.keyedAt) > Number(anHourAgo));
});

t.test('what a turn knows is as old as its reading of it', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const earliestMs = performance.now();
  await createRevocationOutbox(db).locked(async ({ readAtMs }) => {
    t.ok(readAtMs > earliestMs && readAtMs <= performance.now());
  });
});

t.test('what the feed sets for its transaction ends with it: whoever has the connection next commits to the disk', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db: another, url } = await testDatabase(t, { migrations });
  const { db, close } = connectPostgres(String(url), { max: 1 });
  t.teardown(close);
  const settings = {
    commit: sql<string>`current_setting('synchronous_commit')`,
    lockTimeout: sql<string>`current_setting('lock_timeout')`,
  };
  const read = () => db.select(settings).from(sql`(select 1) as always`);
  const before = await read();
  const { promise: published, resolve: end } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const first = createRevocationOutbox(another).locked(() => {
    begin();
    return published;
  });
  await begun;
  const second = createRevocationOutbox(db).locked(async () => 'done');
  await until(async () => (await countWaiting(another)) === 1);
  end();
  await first;
  t.equal(await second, 'done');
  t.strictSame(await read(), before);
});

t.test('what waits to be sent is counted up to 100,000, with the age of the oldest', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const { measure } = createRevocationOutbox(db);
  t.strictSame(await measure(), { unsent: 0, oldestSeconds: 0 });
  const hour = sql`now() - interval '1 hour'`;
  await db.insert(revocations).values({ kind: 'sid', id: 'sent', createdAt: sql`now() - interval '1 day'`, sentAt: hour });
  await db.insert(revocations).values({ kind: 'sid', id: 'oldest', createdAt: hour });
  await db.execute(sql`insert into ${revocations} (kind, id) select 'sid', n from generate_series(1, 99998) as n`);
  const { unsent, oldestSeconds } = await measure();
  t.equal(unsent, 99_999);
  t.ok(oldestSeconds >= 3600 && oldestSeconds < 3700, `${oldestSeconds}`);
  await db.execute(sql`insert into ${revocations} (kind, id) select 'sid', n from generate_series(1, 3) as n`);
  t.equal((await measure()).unsent, 100_000);
});
