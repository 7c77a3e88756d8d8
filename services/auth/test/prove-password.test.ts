import { testDatabase } from '@countersign/testing';
import { and, eq } from 'drizzle-orm';
import t from 'tap';
import { createId } from '../src/domain/identifiers.ts';
import { changePassword } from '../src/domain/people/change-password.ts';
import { createBackoff, createLoginThrottle } from '../src/domain/people/login-throttle.ts';
import { createPasswordRules } from '../src/domain/people/password-rules.ts';
import { proveOwnPassword } from '../src/domain/people/prove-password.ts';
import { reauthenticate } from '../src/domain/people/reauthenticate.ts';
import { migrations } from '../src/migrations.ts';
import { auditLog } from '../src/stores/audit.postgres.ts';
import { createMemoryLoginFailures } from '../src/stores/login-failures.memory.ts';
import { passwordResetStore } from '../src/stores/password-resets.postgres.ts';
import { createRevocations } from '../src/stores/revocations.postgres.ts';
import { audit, revocations, sessions, users } from '../src/stores/schema.ts';
import { createSessions } from '../src/stores/sessions.postgres.ts';
import { createUsers } from '../src/stores/users.postgres.ts';

const { db } = await testDatabase(t, { migrations });
const caller = { ip: '127.0.0.1', userAgent: null, requestId: 'test', isGivenUp: () => false };
const terms = { issuer: 'http://localhost:8080', audience: ['urn:countersign:api'], services: [], ttlSeconds: 900 };

interface Person {
  readonly userId: string;
  readonly sessionId: string;
}

/** A person who is signed in. While their password is being checked, something happens. */
async function proving(meanwhile: (person: Person) => Promise<unknown>) {
  const person = { userId: createId(), sessionId: createId() };
  const { userId, sessionId } = person;
  await db.insert(users).values({ id: userId, username: userId, passwordHash: 'the hash' });
  const store = createSessions(db);
  await store.begin({
    passwordHash: 'the hash',
    session: {
      id: sessionId,
      userId,
      clientId: 'first-party',
      seedDigest: Buffer.alloc(32),
      delivery: 'body',
      scope: null,
      ip: caller.ip,
      userAgent: null,
    },
    life: { idleSeconds: 30, maxSeconds: 60 },
    event: 'login',
    requestId: 'test',
  });
  const verify = async () => {
    await meanwhile(person);
    return { matches: true, outdated: false };
  };
  const ports = {
    db,
    users: createUsers(db),
    sessions: store,
    passwords: { hash: async () => 'the new hash', verify },
    passwordRules: createPasswordRules(),
    throttle: createLoginThrottle(createMemoryLoginFailures(), createBackoff(10)),
    resets: passwordResetStore,
    revocations: createRevocations(db),
    feed: { flush: async () => true },
    keys: { current: () => ({ kid: 'kid', sign: () => 'signed' }) },
    audit: auditLog,
  };
  return { person, ports };
}

const refusal = (error: { code: string }) => error.code;
const countFailures = ({ sessionId }: Person) =>
  db.$count(audit, and(eq(audit.event, 'password_proof_failed'), eq(audit.subject, sessionId)));

async function changeDuring(meanwhile: (person: Person) => Promise<unknown>) {
  const { person, ports } = await proving(meanwhile);
  const passwords = { currentPassword: 'whatever', newPassword: 'a long enough password' };
  const result = (await changePassword(ports, person, passwords, caller).catch(refusal)) ?? 'changed';
  const [user] = await db.select().from(users).where(eq(users.id, person.userId));
  return { result, passwordHash: user?.passwordHash, failures: await countFailures(person) };
}

async function reauthenticateDuring(meanwhile: (person: Person) => Promise<unknown>, beforeSigned: typeof meanwhile = nothing) {
  const { person, ports } = await proving(meanwhile);
  const feed = { flush: () => beforeSigned(person).then(() => true) };
  const jti = createId();
  const claims = { iss: terms.issuer, aud: terms.audience, sub: person.userId, client_id: 'first-party', iat: 1, exp: 2, jti };
  const answer = await reauthenticate({ ...ports, feed }, terms, { ...person, claims }, 'whatever', caller).catch(refusal);
  const result = typeof answer === 'string' ? answer : answer.accessToken;
  const revoked = await db.$count(revocations, eq(revocations.id, jti));
  return { result, revoked, failures: await countFailures(person) };
}

const setUser = (values: object) => (person: Person) => db.update(users).set(values).where(eq(users.id, person.userId));
const endSession = ({ sessionId }: Person) => db.update(sessions).set({ endedAt: new Date() }).where(eq(sessions.id, sessionId));
const nothing = async () => {};

t.test(
  'a password that changes, or an account that is disabled, while the password is proved: no other one is set, on record',
  async (t) => {
    const changed = await changeDuring(setUser({ passwordHash: 'another hash' }));
    t.strictSame(changed, { result: 'credentials_invalid', passwordHash: 'another hash', failures: 1 });
    const disabled = await changeDuring(setUser({ disabledAt: new Date() }));
    t.strictSame(disabled, { result: 'credentials_invalid', passwordHash: 'the hash', failures: 1 });
    t.strictSame(await changeDuring(nothing), { result: 'changed', passwordHash: 'the new hash', failures: 0 });
  },
);

t.test(
  'a password that changes, an account that is disabled or a session that ends while the password is proved: no fresh token, and a failed proof is on record',
  async (t) => {
    const refused = { result: 'credentials_invalid', revoked: 0, failures: 1 };
    t.strictSame(await reauthenticateDuring(setUser({ passwordHash: 'another hash' })), refused);
    t.strictSame(await reauthenticateDuring(setUser({ disabledAt: new Date() })), refused);
    t.strictSame(await reauthenticateDuring(endSession), { result: 'token_revoked', revoked: 0, failures: 0 });
    t.strictSame(await reauthenticateDuring(nothing), { result: 'signed', revoked: 1, failures: 0 });
  },
);

t.test('a session that ends while a fresh token waits for the second of a revocation gets none', async (t) => {
  const accessNotBefore = Math.floor(Date.now() / 1000) + 2;
  const revoke = ({ sessionId }: Person) => db.update(sessions).set({ accessNotBefore }).where(eq(sessions.id, sessionId));
  const [ended, live] = await Promise.all([reauthenticateDuring(revoke, endSession), reauthenticateDuring(revoke)]);
  t.strictSame(ended, { result: 'token_revoked', revoked: 1, failures: 0 });
  t.strictSame(live, { result: 'signed', revoked: 1, failures: 0 });
});

t.test('a disabled account proves nothing, though the password is right, and the failure is on record', async (t) => {
  const { person, ports } = await proving(async () => {});
  t.match(await proveOwnPassword(ports, person, 'whatever', caller), { id: person.userId });
  await db.update(users).set({ disabledAt: new Date() }).where(eq(users.id, person.userId));
  await t.rejects(proveOwnPassword(ports, person, 'whatever', caller), { code: 'credentials_invalid' });
  t.equal(await countFailures(person), 1);
});
