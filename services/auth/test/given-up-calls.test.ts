import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { eq } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { createPasswordReset } from '../src/domain/people/password-reset.ts';
import { passwordResetStore } from '../src/stores/password-resets.postgres.ts';
import { sessions, users } from '../src/stores/schema.ts';
import { hastyAuth } from './hasty-auth.ts';
import { administeredAuth } from './routes/admin/administered-auth.ts';

const auth = await administeredAuth(t);
const { db } = auth.database;
const hasty = await hastyAuth(t, auth, 1000);

/** No password is hashed before `release`, which waits until those that were asked for are. */
function withholdPasswords(t: Test) {
  const withheld: (() => Promise<unknown>)[] = [];
  const { postMessage } = Worker.prototype;
  const intercepted = t.intercept(Worker.prototype, 'postMessage', {
    value(this: Worker, job: unknown) {
      withheld.push(() => {
        const hashed = once(this, 'message');
        postMessage.call(this, job);
        return hashed;
      });
    },
  });
  return async function release() {
    intercepted.restore();
    await Promise.all(withheld.map((hash) => hash()));
    return withheld.length;
  };
}

const new_password = 'another long password';
const person = await auth.signUp('member');
const { resetToken } = await createPasswordReset(db, passwordResetStore, person.id);
const calls = {
  'a sign-in': { url: '/login', payload: { username: person.username, password: person.password } },
  'a registration': { url: '/register', payload: { username: 'somebody', password: new_password } },
  'a user by an administrator': { url: '/admin/users', payload: { username: 'somebody', password: new_password }, by: auth.admin },
  'a change of the password': { url: '/password', payload: { current_password: person.password, new_password }, by: person },
  'a reset of the password': { url: '/password/reset', payload: { reset_token: resetToken, new_password } },
};

for (const [name, { url, payload, ...call }] of Object.entries(calls)) {
  t.test(`${name} that got 503 before its password was hashed is not carried out later`, async (t) => {
    const known = async () => ({
      somebody: await db.$count(users, eq(users.username, 'somebody')),
      sessions: await db.$count(sessions, eq(sessions.userId, person.id)),
      hashes: await db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, person.id)),
    });
    const before = await known();
    const headers = 'by' in call ? { authorization: `Bearer ${call.by.accessToken}` } : {};
    const release = withholdPasswords(t);
    const answer = await hasty.inject({ method: 'POST', url, payload, headers });
    t.match(answer.json(), { status: 503, code: 'unavailable' });
    t.equal(await release(), 1);
    // It takes longer than what would be left to do.
    await auth.signUp();
    t.strictSame(await known(), before);
  });
}
