import { testDatabase } from '@countersign/testing';
import { eq } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../src/domain/identifiers.ts';
import { logIn } from '../src/domain/log-in.ts';
import { createBackoff, createLoginThrottle } from '../src/domain/login-throttle.ts';
import type { PasswordHasher } from '../src/domain/password-hasher.ts';
import { createRefreshTokenSecrets } from '../src/domain/refresh-token.ts';
import { migrations } from '../src/migrations.ts';
import { auditLog } from '../src/stores/audit.postgres.ts';
import { createMemoryLoginFailures } from '../src/stores/login-failures.memory.ts';
import { sessions, users } from '../src/stores/schema.ts';
import { createSessions } from '../src/stores/sessions.postgres.ts';
import { userStore } from '../src/stores/users.postgres.ts';

const { db } = await testDatabase(t, { migrations });
const caller = { ip: '127.0.0.1', userAgent: null, requestId: 'test' };
const rules = {
  access: { issuer: 'http://localhost:8080', audience: ['urn:countersign:api'], ttlSeconds: 900 },
  refreshSecret: createRefreshTokenSecrets(Buffer.alloc(32), null).current,
  life: { idleSeconds: 60, maxSeconds: 60 },
};

/** Signs in while something happens between the check of the password and the session. */
async function signInDuring(meanwhile: (userId: string) => Promise<unknown>) {
  const id = createId();
  await db.insert(users).values({ id, username: id, passwordHash: 'the old hash' });
  const verify = async () => {
    await meanwhile(id);
    return { matches: true, outdated: false };
  };
  const result = await signIn(id, verify);
  return { result, live: (await db.select().from(sessions).where(eq(sessions.userId, id))).length };
}

async function signIn(username: string, verify: PasswordHasher['verify']) {
  const ports = {
    db,
    users: userStore,
    sessions: createSessions(db),
    passwords: { hash: async () => 'unused', verify },
    throttle: createLoginThrottle(createMemoryLoginFailures(), createBackoff(10)),
    keys: { current: () => ({ kid: 'kid', sign: () => 'signed' }) },
    audit: auditLog,
  };
  const input = { username, password: 'whatever', scope: null, delivery: 'body' } as const;
  return await logIn(ports, rules, input, caller).catch((error: { code: string }) => error.code);
}

t.test('a password that changes, or an account that is disabled, between the check and the session lets nobody in', async (t) => {
  const change = (values: object) => (id: string) => db.update(users).set(values).where(eq(users.id, id));
  t.strictSame(await signInDuring(change({ passwordHash: 'another hash' })), { result: 'credentials_invalid', live: 0 });
  t.strictSame(await signInDuring(change({ disabledAt: new Date() })), { result: 'credentials_invalid', live: 0 });
  t.strictSame(await signInDuring((id) => db.delete(users).where(eq(users.id, id))), { result: 'credentials_invalid', live: 0 });
  t.match(await signInDuring(async () => {}), { result: { accessToken: 'signed' }, live: 1 });
});

t.test('a disabled account costs the check of its own hash, so that its time doesn’t tell it from one that is not disabled', async (t) => {
  const verified: (string | null)[] = [];
  const signInAs = async (passwordHash: string, disabledAt: Date | null) => {
    const id = createId();
    await db.insert(users).values({ id, username: id, passwordHash, disabledAt });
    return await signIn(id, async (_password, hash) => {
      verified.push(hash);
      return { matches: true, outdated: false };
    });
  };
  t.match(await signInAs('a hash of another system', null), { accessToken: 'signed' });
  t.equal(await signInAs('a hash of another system', new Date()), 'credentials_invalid');
  t.strictSame(verified, ['a hash of another system', 'a hash of another system']);
});
