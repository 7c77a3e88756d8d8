import { mock } from 'node:test';
import { testDatabase } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { startCleaning } from '../src/clean-up.ts';
import { createId } from '../src/domain/identifiers.ts';
import { migrations } from '../src/migrations.ts';
import { deleteOldRows } from '../src/stores/old-rows.postgres.ts';
import { passwordResets, users } from '../src/stores/schema.ts';

const HOUR_MS = 3_600_000;

t.test('old rows go within a minute of the start and then each hour, also after a failure, until it is stopped', async (t) => {
  const { db } = await testDatabase(t, { migrations });
  const userId = createId();
  await db.insert(users).values({ id: userId, username: 'ada', passwordHash: 'x' });
  const addOldRow = () =>
    db.insert(passwordResets).values({ digest: Buffer.from(createId()), userId, expiresAt: sql`now() - interval '1 day'` });

  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  t.teardown(() => mock.timers.reset());
  let told = Promise.withResolvers<string>();
  const nextLine = (afterMs: number) => {
    told = Promise.withResolvers();
    mock.timers.tick(afterMs);
    return told.promise;
  };
  const stop = startCleaning(db, {
    info: (fields) => told.resolve(`info ${JSON.stringify(fields)}`),
    warn: (_fields, message) => told.resolve(`warn ${message}`),
  });
  t.teardown(stop);

  await addOldRow();
  t.match(await nextLine(60_000), /^info .*"passwordResets":1\b/);
  await db.execute(sql`alter table password_resets rename to elsewhere`);
  t.match(await nextLine(HOUR_MS), /^warn old rows could not be deleted/);
  await db.execute(sql`alter table elsewhere rename to password_resets`);
  await addOldRow();
  t.match(await nextLine(HOUR_MS), /^info .*"passwordResets":1\b/);

  stop();
  await addOldRow();
  mock.timers.tick(2 * HOUR_MS);
  t.match(await deleteOldRows(db), { passwordResets: 1 }, 'nobody else has deleted it');
});
