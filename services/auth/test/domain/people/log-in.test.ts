import { Problem } from '@countersign/problems';
import { needsReal, testDatabase, until } from '@countersign/testing';
import { and, eq } from 'drizzle-orm';
import t from 'tap';
import type { EventRecorded } from '../../../src/domain/audit.ts';
import { createId } from '../../../src/domain/identifiers.ts';
import { type LogInPorts, logIn } from '../../../src/domain/people/log-in.ts';
import { createBackoff, createLoginThrottle } from '../../../src/domain/people/login-throttle.ts';
import type { PasswordHasher } from '../../../src/domain/people/password-hasher.ts';
import { createRefreshTokenSecrets } from '../../../src/domain/sessions/refresh-token.ts';
import { migrations } from '../../../src/migrations.ts';
import { auditLog } from '../../../src/stores/audit.postgres.ts';
import { createMemoryLoginFailures } from '../../../src/stores/login-failures.memory.ts';
import { createRevocations } from '../../../src/stores/revocations.postgres.ts';
import { audit, sessions, users } from '../../../src/stores/schema.ts';
import { createSessions } from '../../../src/stores/sessions.postgres.ts';
import { createUsers } from '../../../src/stores/users.postgres.ts';
import { countWaiting } from '../../count-waiting.ts';
import { judging } from '../judging.ts';

const { db } = await testDatabase(t, { migrations });
const caller = { ip: '127.0.0.1', userAgent: null, requestId: 'test', isGivenUp: () => false };
const rules = {
  access: { issuer: 'http://localhost:8080', audience: ['urn:countersign:api'], services: ['auth', 'books'], ttlSeconds: 900 },
  secrets: createRefreshTokenSecrets(Buffer.alloc(32), null),
  life: { idleSeconds: 30, maxSeconds: 60 },
};

/** Signs in while something happens between the check of the password and the session. */
async function signInDuring(meanwhile: (userId: string) => Promise<unknown>, { outdated = false } = {}) {
  const id = createId();
  await db.insert(users).values({ id, username: id, passwordHash: 'the old hash' });
  let isFirst = true;
  const verify = async (_password: string, hash: string | null) => {
    const matches = ['the old hash', 'the new hash', 'the quicker hash'].includes(hash ?? '');
    const verdict = { matches, outdated: outdated && hash === 'the old hash' };
    if (isFirst) await meanwhile(id);
    isFirst = false;
    return verdict;
  };
  const counted: string[] = [];
  const failuresBefore = await countFailures();
  const result = await signIn(id, verify, (event) => counted.push(event));
  const [user] = await db.select().from(users).where(eq(users.id, id));
  return {
    result,
    counted: counted.length,
    live: (await db.select().from(sessions).where(eq(sessions.userId, id))).length,
    recorded: await db
      .select()
      .from(audit)
      .where(and(eq(audit.event, 'login'), eq(audit.actor, id))),
    failures: (await countFailures()) - failuresBefore,
    passwordHash: user?.passwordHash,
  };
}

const countFailures = () => db.$count(audit, eq(audit.event, 'login_failed'));

async function signIn(
  username: string,
  verify: PasswordHasher['verify'],
  eventRecorded: EventRecorded,
  {
    replacedToken = null,
    isGivenUp = caller.isGivenUp,
    ...changed
  }: Partial<LogInPorts> & { replacedToken?: string | null; isGivenUp?: () => boolean } = {},
) {
  const ports: LogInPorts = {
    db,
    users: createUsers(db),
    sessions: createSessions(db),
    passwords: { hash: async () => 'the new hash', verify },
    throttle: createLoginThrottle(createMemoryLoginFailures(), createBackoff(10)),
    keys: { current: async () => ({ kid: 'kid', sign: () => 'signed' }) },
    revocations: createRevocations(db),
    feed: { flush: async () => true },
    audit: auditLog,
    eventRecorded,
    judgeExpired: judging(new Problem('token_invalid')),
    ...changed,
  };
  const input = { username, password: 'whatever', scope: null, delivery: 'body', replacedToken } as const;
  return await logIn(ports, rules, input, { ...caller, isGivenUp }).catch((error: { code: string }) => error.code);
}

t.test('a password or an account that changes between the check and the session lets nobody in, and is on record', async (t) => {
  const change = (values: object) => (id: string) => db.update(users).set(values).where(eq(users.id, id));
  const nobody = { result: 'credentials_invalid', counted: 0, live: 0, recorded: [], failures: 1 };
  for (const outdated of [false, true]) {
    const changed = await signInDuring(change({ passwordHash: 'another hash' }), { outdated });
    t.strictSame(changed, { ...nobody, passwordHash: 'another hash' });
    const disabled = await signInDuring(change({ disabledAt: new Date() }), { outdated });
    t.strictSame(disabled, { ...nobody, passwordHash: 'the old hash' });
    const deleted = await signInDuring((id) => db.delete(users).where(eq(users.id, id)), { outdated });
    t.strictSame(deleted, { ...nobody, passwordHash: undefined });
  }
});

t.test('whose password still matches is signed in, with one record of it; an outdated hash is replaced', async (t) => {
  const nothing = async () => {};
  const recorded = [{ ip: caller.ip, requestId: caller.requestId }];
  const first = await signInDuring(nothing);
  t.match(first, { result: { accessToken: 'signed' }, counted: 1, live: 1, recorded, failures: 0, passwordHash: 'the old hash' });
  t.equal(first.recorded.length, 1);
  const replaced = await signInDuring(nothing, { outdated: true });
  t.equal(replaced.recorded.length, 1);
  t.match(replaced, { result: { accessToken: 'signed' }, counted: 1, live: 1, recorded, passwordHash: 'the new hash' });
  const [session] = await db
    .select()
    .from(sessions)
    .where(eq(sessions.id, String(replaced.recorded[0]?.subject)));
  t.match(session, { clientId: 'first-party', generation: 0, delivery: 'body', scope: null, ip: caller.ip, endedAt: null });
  t.equal(Number(session?.expiresAt) - Number(session?.authTime), 60_000);
  t.equal(Number(session?.idleExpiresAt) - Number(session?.authTime), 30_000);
});

t.test('of two sign-ins at once that find the hash outdated, both get in', async (t) => {
  const quicker = (id: string) => db.update(users).set({ passwordHash: 'the quicker hash' }).where(eq(users.id, id));
  const { result, live } = await signInDuring(quicker, { outdated: true });
  t.match({ result, live }, { result: { accessToken: 'signed' }, live: 1 });
});

t.test('a sign-in that meets a change of the password waits for it, and then lets nobody in', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const isWaiting = async () => (await countWaiting(db, '%insert into "sessions"%')) > 0;
  let change: Promise<unknown> = Promise.resolve();
  const { result, live, recorded } = await signInDuring(async (id) => {
    const holds = Promise.withResolvers<void>();
    change = db.transaction(async (tx) => {
      await tx.update(users).set({ passwordHash: 'another hash' }).where(eq(users.id, id));
      holds.resolve();
      await until(isWaiting);
    });
    await holds.promise;
  });
  await change;
  t.strictSame({ result, live, recorded }, { result: 'credentials_invalid', live: 0, recorded: [] });
});

t.test('a disabled account costs the check of its own hash, so that its time doesn’t tell it from one that is not disabled', async (t) => {
  const verified: (string | null)[] = [];
  const signInAs = async (passwordHash: string, disabledAt: Date | null) => {
    const id = createId();
    await db.insert(users).values({ id, username: id, passwordHash, disabledAt });
    const verify = async (_password: string, hash: string | null) => {
      verified.push(hash);
      return { matches: true, outdated: false };
    };
    return await signIn(id, verify, () => {});
  };
  t.match(await signInAs('a hash of another system', null), { accessToken: 'signed' });
  t.equal(await signInAs('a hash of another system', new Date()), 'credentials_invalid');
  t.strictSame(verified, ['a hash of another system', 'a hash of another system']);
});

t.test('a sign-in that fails once its session has begun leaves no session behind, and fails for its own reason', async (t) => {
  const fail = (code: 'unavailable' | 'internal') => async () => {
    throw new Problem(code);
  };
  const signInWith = async (changed: Parameters<typeof signIn>[3]) => {
    const id = createId();
    await db.insert(users).values({ id, username: id, passwordHash: 'a hash' });
    const result = await signIn(
      id,
      async () => ({ matches: true, outdated: false }),
      () => {},
      changed,
    );
    const begun = await db.select().from(sessions).where(eq(sessions.userId, id));
    return { result, live: begun.filter(({ endedAt }) => endedAt === null).length, begun: begun.length };
  };
  const keys = { current: fail('unavailable') };
  const ended = { result: 'unavailable', live: 0, begun: 1 };
  t.match(await signInWith({ replacedToken: 'no token' }), { result: { accessToken: 'signed' }, live: 1, begun: 1 });
  t.strictSame(await signInWith({ keys }), ended);
  t.strictSame(await signInWith({ isGivenUp: () => true }), ended, 'nor one whose caller has got 503 by then');
  t.strictSame(
    await signInWith({ replacedToken: 'a token', judgeExpired: judging(new Problem('unavailable')) }),
    ended,
    'nor one beside the one it replaces',
  );
  let judged = 0;
  const refusal = new Problem('token_invalid');
  const judge = () => {
    judged += 1;
    return refusal;
  };
  const judgeExpired = Object.assign(judge, judging(refusal));
  t.strictSame(await signInWith({ keys, replacedToken: 'a token', judgeExpired }), ended);
  t.equal(judged, 0, 'and the one that it would have replaced goes on');
  t.strictSame(await signInWith({ keys, sessions: { ...createSessions(db), end: fail('internal') } }), { ...ended, live: 1 });
});
