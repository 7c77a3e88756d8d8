import { testDatabase } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { createPostgresBooks } from '../../src/stores/books.postgres.ts';
import { books as table } from '../../src/stores/schema.ts';

const { db } = await testDatabase(t, { migrations });
const books = createPostgresBooks(db);

t.test('a change moves the time of the change and not that of the creation; one that is refused moves neither', async (t) => {
  const { id, version } = await books.add({ title: 'Fiasco', author: 'Lem' });
  const before = new Date('2020-01-01T00:00:00Z');
  await db.update(table).set({ createdAt: before, updatedAt: before }).where(eq(table.id, id));
  t.equal(await books.change(id, { title: 'Eden' }, [version + 1]), null);
  t.match(await books.find(id), { title: 'Fiasco', createdAt: before, updatedAt: before });
  const changed = await books.change(id, { title: 'Eden' }, [version]);
  t.match(changed, { title: 'Eden', createdAt: before, version: version + 1 });
  t.ok(changed !== null && changed.updatedAt > before);
});
