import { needsReal, testDatabase } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { createRevocationOutbox } from '../../src/stores/revocation-outbox.postgres.ts';
import { revocations } from '../../src/stores/schema.ts';
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
