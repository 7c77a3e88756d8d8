import { needsReal, until } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { clients } from '../../../src/stores/schema.ts';
import { countWaiting } from '../../count-waiting.ts';
import { administeredAuth } from './administered-auth.ts';

const { database, call } = await administeredAuth(t);
const { db } = database;

t.test('of two changes of a client at once neither undoes the other', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const made = await call('POST', '/admin/clients', { name: 'reports', scopes: ['books:read', 'books:write'] });
  const { client_id: id } = made.json<{ client_id: string }>();
  let renaming: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await tx
      .update(clients)
      .set({ scopes: ['books:read'] })
      .where(eq(clients.id, id));
    renaming = call('PATCH', `/admin/clients/${id}`, { name: 'renamed' });
    await until(async () => (await countWaiting(db)) > 0);
  });
  t.strictSame((await renaming)?.json().scopes, ['books:read']);
  const [row] = await db.select().from(clients).where(eq(clients.id, id));
  t.strictSame([row?.name, row?.scopes], ['renamed', ['books:read']], 'what was taken from it is not given back');
});
