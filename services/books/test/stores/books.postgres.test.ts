import { testDatabase } from '@countersign/testing';
import t from 'tap';
import { migrations } from '../../src/migrations.ts';
import { createPostgresBooks } from '../../src/stores/books.postgres.ts';

const { db } = await testDatabase(t, { migrations });
const books = createPostgresBooks(db);

t.test('a book that was added is found as it was sent', async (t) => {
  const added = await books.add({ title: '  Ünïcode \u0001 💥 \uFFFF', author: "O'Hara; --" });
  t.match(added, { title: '  Ünïcode \u0001 💥 \uFFFF', author: "O'Hara; --", version: 1 });
  t.strictSame(await books.find(added.id), added);
  t.equal(await books.find(added.id + 1000), null);
});

t.test('of 20 changes that expect one version exactly one is made', async (t) => {
  const { id, version } = await books.add({ title: 'Contended', author: 'Nobody' });
  const attempts = Array.from({ length: 20 }, (_, index) => books.change(id, { title: `Attempt ${index}` }, [version]));
  const made = (await Promise.all(attempts)).filter((book) => book !== null);
  t.equal(made.length, 1);
  t.strictSame(await books.find(id), made[0]);
  t.equal(made[0]?.version, version + 1);
});
