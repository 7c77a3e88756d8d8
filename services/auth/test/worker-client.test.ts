import { eq } from 'drizzle-orm';
import t from 'tap';
import { clients } from '../src/stores/schema.ts';
import { testAuth } from './test-auth.ts';

t.test('the worker’s client is made once, and stays deleted when an administrator has deleted it', async (t) => {
  const admin = { username: 'root.admin', password: 'the first of them all' };
  const { app, database, start } = await testAuth(t, {
    ADMIN_USERNAME: admin.username,
    ADMIN_PASSWORD: admin.password,
    WORKER_CLIENT_ID: 'worker-1',
    WORKER_CLIENT_SECRET: 'w'.repeat(32),
  });
  const found = () => database.db.select().from(clients).where(eq(clients.id, 'worker-1'));
  t.equal((await found()).length, 1);
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: admin })).json();
  const headers = { authorization: `Bearer ${access_token}` };
  t.equal((await app.inject({ method: 'DELETE', url: '/admin/clients/worker-1', headers })).statusCode, 204);
  await start();
  t.equal((await found()).length, 0);
});
