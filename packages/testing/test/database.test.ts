import { fileURLToPath } from 'node:url';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import t from 'tap';
import { testDatabase } from '../src/index.ts';

const migrations = { folder: fileURLToPath(new URL('./fixture-migrations', import.meta.url)), table: 'fixture_migrations' };
const things = pgTable('things', { id: integer().primaryKey(), name: text().notNull() });

t.test('a test database has what the migrations made and nothing of another test', async (t) => {
  const [one, other] = await Promise.all([testDatabase(t, { migrations }), testDatabase(t, { migrations })]);
  await one.db.insert(things).values({ id: 2, name: 'added' });
  t.strictSame(await one.db.select().from(things).orderBy(things.id), [
    { id: 1, name: 'seeded' },
    { id: 2, name: 'added' },
  ]);
  t.strictSame(await other.db.select().from(things), [{ id: 1, name: 'seeded' }]);
});
