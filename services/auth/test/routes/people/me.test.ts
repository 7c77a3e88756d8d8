import { eq } from 'drizzle-orm';
import t from 'tap';
import { users } from '../../../src/stores/schema.ts';
import { testAuth } from '../../test-auth.ts';

const { app, database } = await testAuth(t);
const credentials = { username: 'ada', password: 'a long enough password' };

async function signIn(scope?: string) {
  const { access_token } = (await app.inject({ method: 'POST', url: '/login', payload: { ...credentials, scope } })).json();
  return () => app.inject({ url: '/me', headers: { authorization: `Bearer ${access_token}` } });
}

t.test('whose token has no scope is shown none, and whose user is gone is told so', async (t) => {
  const { id } = (await app.inject({ method: 'POST', url: '/register', payload: credentials })).json();
  const me = await signIn('');
  t.match((await me()).json(), { id, username: 'ada', roles: ['member'], scope: /^$/ });
  // By hand: who is deleted by an administrator has no session, unless a request was on its way.
  await database.db.delete(users).where(eq(users.id, id));
  t.match((await me()).json(), { status: 401, code: 'token_revoked', detail: 'This user no longer exists.' });
});
