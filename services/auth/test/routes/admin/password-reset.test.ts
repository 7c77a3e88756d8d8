import { needsReal, until } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { passwordResets, users } from '../../../src/stores/schema.ts';
import { countWaiting } from '../../count-waiting.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, database, admin, signUp, signIn, call, statusOfMe, events } = await administeredAuth(t);

const reset = (payload: object) => app.inject({ method: 'POST', url: '/password/reset', payload });

t.test('ASVS 6.4.3, 6.4.6: an administrator’s token sets a new password, once, and all sessions end', async (t) => {
  const user = await signUp('member');
  const made = await call('POST', `/admin/users/${user.id}/password-reset`);
  t.equal(made.statusCode, 201, made.body);
  t.strictSame(Object.keys(made.json()).toSorted(), ['expires_at', 'reset_token']);
  t.equal(made.headers['cache-control'], 'no-store');
  const { reset_token, expires_at } = made.json<{ reset_token: string; expires_at: string }>();
  const lifeSeconds = (Date.parse(expires_at) - Date.now()) / 1000;
  t.ok(lifeSeconds > 3500 && lifeSeconds <= 3600, `${lifeSeconds} s`);
  t.equal((await signIn(user)).statusCode, 200, 'the old password holds until then');

  const password = 'another long password';
  t.equal((await reset({ reset_token, new_password: password })).statusCode, 204);
  t.equal(await statusOfMe(user.accessToken), 401);
  t.equal((await signIn({ ...user, password })).statusCode, 200);
  t.equal((await signIn(user)).statusCode, 401);
  t.match((await reset({ reset_token, new_password: password })).json(), { status: 401, code: 'token_invalid' });
  t.match(
    (await events(user.id)).find(({ event }) => event === 'password_reset_issued'),
    { actor: admin.id, ip: '127.0.0.1', details: null },
  );
  t.notOk(JSON.stringify(await events(user.id)).includes(reset_token.slice(6, 20)), 'the audit log has no secret');
});

t.test('a token from before the account was disabled is no good when it is enabled again', async (t) => {
  const user = await signUp('member');
  const { reset_token } = (await call('POST', `/admin/users/${user.id}/password-reset`)).json();
  for (const disabled of [true, false]) t.equal((await call('PATCH', `/admin/users/${user.id}`, { disabled })).statusCode, 200);
  t.match((await reset({ reset_token, new_password: 'another long password' })).json(), { status: 401, code: 'token_invalid' });
  const fresh = (await call('POST', `/admin/users/${user.id}/password-reset`)).json();
  t.equal((await reset({ reset_token: fresh.reset_token, new_password: 'another long password' })).statusCode, 204);
});

t.test('a second token takes the place of the first, which may have gone to somebody else', async (t) => {
  const user = await signUp('member');
  const make = async () => (await call('POST', `/admin/users/${user.id}/password-reset`)).json<{ reset_token: string }>().reset_token;
  const [first, second] = [await make(), await make()];
  const new_password = 'another long password';
  t.match((await reset({ reset_token: first, new_password })).json(), { status: 401, code: 'token_invalid' });
  t.equal((await reset({ reset_token: second, new_password })).statusCode, 204);
});

t.test('of tokens that are made at once one is good', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { db } = database;
  const user = await signUp('member');
  let making: ReturnType<typeof call>[] = [];
  await db.transaction(async (tx) => {
    await tx.select().from(users).where(eq(users.id, user.id)).for('update');
    making = [1, 2].map(() => call('POST', `/admin/users/${user.id}/password-reset`));
    await until(async () => (await countWaiting(db)) === 2);
  });
  for (const made of await Promise.all(making)) t.equal(made.statusCode, 201);
  t.equal(await db.$count(passwordResets, eq(passwordResets.userId, user.id)), 1);
});

t.test('what is no user is not found, and the request says nothing more', async (t) => {
  for (const id of ['0'.repeat(22), 'x', '%00'])
    t.match((await call('POST', `/admin/users/${id}/password-reset`)).json(), { status: 404, code: 'not_found' });
  const user = await signUp('member');
  t.equal((await call('POST', `/admin/users/${user.id}/password-reset`, { password: 'x' })).statusCode, 400);
  t.equal((await call('POST', `/admin/users/${user.id}/password-reset`, {})).statusCode, 201);
});
