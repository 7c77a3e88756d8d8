import { needsReal, testDatabase } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { createRevocations } from '../../src/stores/revocations.postgres.ts';
import { revocations } from '../../src/stores/schema.ts';
import { countRowsReadBy } from './count-rows-read.ts';

t.test('whether an id is revoked already is looked up, also by a statement that was planned when there were few of them', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db } = await testDatabase(t, { migrations });
  await db.transaction(async (tx) => {
    const store = createRevocations(tx);
    const revoke = (id: string) =>
      store.revokeAndRecord(
        { kind: 'jti', id, expiresAt: 1, before: null },
        { event: 'token_revoked', actor: null, subject: id, ip: null, requestId: null },
      );
    // Postgres keeps one plan for good after five times.
    for (let n = 1; n <= 10; n += 1) t.equal(await revoke(`early ${n}`), true);
    await tx.execute(sql`insert into ${revocations} (kind, id, expires_at) select 'jti', n, 1 from generate_series(1, 5000) as n`);
    const read = await countRowsReadBy(tx, 'revocations', async () => {
      t.equal(await revoke('late'), true);
      t.equal(await revoke('4711'), false);
    });
    t.ok(read <= 10, `it read ${read} rows`);
  });
});
