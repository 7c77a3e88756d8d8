import { needsReal, until } from '@countersign/testing';
import { eq, sql } from 'drizzle-orm';
import t from 'tap';
import { withdrawAccessTokens } from '../../../src/domain/sessions/withdraw-access-tokens.ts';
import { hashPassword } from '../../../src/passwords/password-formats.ts';
import { LOCKS } from '../../../src/stores/advisory-locks.ts';
import { createRevocations } from '../../../src/stores/revocations.postgres.ts';
import { audit, roles } from '../../../src/stores/schema.ts';
import { createSessions } from '../../../src/stores/sessions.postgres.ts';
import { userDirectory } from '../../../src/stores/user-directory.postgres.ts';
import { claimsOf } from '../../claims-of.ts';
import { countWaiting } from '../../count-waiting.ts';
import { administeredAuth } from './administered-auth.ts';
import { refreshDuring } from './refresh-during.ts';

t.test('a refresh that waits for a change of roles has the new ones', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { database, signUp, refresh, statusOfMe } = await administeredAuth(t);
  const { db } = database;
  const user = await signUp('admin');
  const ports = { sessions: createSessions(db), revocations: createRevocations(db) };

  let refreshing: ReturnType<typeof refresh> | undefined;
  await db.transaction(async (tx) => {
    await userDirectory.setRoles(tx, user.id, ['member']);
    await withdrawAccessTokens(tx, ports, { userId: user.id });
    refreshing = refresh(user.refreshToken);
    await until(async () => (await countWaiting(db, 'select%"sessions"%for update%')) > 0);
  });
  const answer = (await refreshing)?.json<{ access_token: string; scope: string }>();
  t.strictSame(claimsOf(String(answer?.access_token)).roles, ['member']);
  t.equal(answer?.scope, 'books:read books:write');
  t.equal(await statusOfMe(String(answer?.access_token)), 200);
});

t.test('a refresh that waits for the second of one change has the roles of the next one in that second', async (t) => {
  const auth = await administeredAuth(t);
  const refreshBefore = async (change: object) => {
    const { answer } = await refreshDuring(auth, { from: 'member', to: 'admin' }, ({ id }) =>
      auth.call('PATCH', `/admin/users/${id}`, change),
    );
    return answer;
  };

  const { access_token, scope } = (await refreshBefore({ roles: ['member'] })).json<{ access_token: string; scope: string }>();
  t.strictSame(claimsOf(access_token).roles, ['member']);
  t.equal(scope, 'books:read books:write');
  t.equal(await auth.statusOfMe(access_token), 200);

  const tooLate = await refreshBefore({ disabled: true });
  t.match(tooLate.json(), { status: 401, code: 'token_revoked' }, 'a session that ends meanwhile gets nothing');
});

t.test('a change of roles covers the token of whoever has the session locked until then, however long that takes', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { database, signUp, refresh, call, statusOfMe } = await administeredAuth(t);
  const { db } = database;
  const user = await signUp('admin');
  t.equal((await refresh(user.refreshToken)).statusCode, 200);

  let retrying: ReturnType<typeof refresh> | undefined;
  let changing: ReturnType<typeof call> | undefined;
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCKS.role})`);
    retrying = refresh(user.refreshToken);
    await until(async () => (await countWaiting(db, 'select%"sessions"%for update%')) > 0);
    changing = call('PATCH', `/admin/users/${user.id}`, { roles: ['member'] });
    await until(async () => (await countWaiting(db, '%"sessions"%')) === 2);
    // By now the second before which the change refuses tokens would be over, if it had been chosen before the wait.
    const chosen = Math.floor(Date.now() / 1000) + 1;
    await until(() => Date.now() / 1000 > chosen);
  });
  const { access_token } = ((await retrying) as Awaited<ReturnType<typeof refresh>>).json<{ access_token: string }>();
  t.equal((await changing)?.statusCode, 200);
  t.strictSame(claimsOf(access_token).roles, ['admin']);
  t.equal(await statusOfMe(access_token), 401);
});

t.test('a token that is exchanged while the roles change has none of the old ones', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { app, database, signUp, call } = await administeredAuth(t);
  const { db } = database;
  const user = await signUp('member');
  const client = (await call('POST', '/admin/clients', { name: 'actor', scopes: ['books:read', 'books:write'] })).json<TestClient>();
  const exchange = () => app.inject({ method: 'POST', url: '/oauth/token', ...exchangeBy(client, user.accessToken) });
  const isWaiting = async (statement: string) => (await countWaiting(db, statement)) > 0;
  t.equal((await exchange()).statusCode, 200);

  let changing: ReturnType<typeof call> | undefined;
  let exchanging: ReturnType<typeof exchange> | undefined;
  let isAnswered = false;
  await db.transaction(async (tx) => {
    // The change has marked the session when it waits to be recorded, and commits only after the second that it chose.
    await tx.execute(sql`lock table ${audit} in share mode`);
    changing = call('PATCH', `/admin/users/${user.id}`, { roles: [] });
    await until(() => isWaiting('%insert into "audit"%'));
    const chosen = Math.floor(Date.now() / 1000) + 1;
    await until(() => Date.now() / 1000 > chosen);
    exchanging = exchange().finally(() => {
      isAnswered = true;
    });
    await until(async () => isAnswered || (await isWaiting('select%"sessions"%for share%')));
  });
  t.equal((await changing)?.statusCode, 200);
  t.match((await exchanging)?.json(), { error: 'invalid_request' });
});

interface TestClient {
  readonly client_id: string;
  readonly client_secret: string;
}

function exchangeBy({ client_id, client_secret }: TestClient, subject_token: string) {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id,
    client_secret,
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  };
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: new URLSearchParams(form).toString() };
}

t.test(
  'of an import, a line that gives a role which is deleted meanwhile is refused as a later one is, and the others are taken',
  async (t) => {
    if (!needsReal(t, 'postgres')) return;
    const auth = await administeredAuth(t);
    const { db } = auth.database;
    await db.insert(roles).values({ name: 'guest' });
    const lineFor = (username: string, ...given: string[]) =>
      JSON.stringify({ username, password_hash: hashPassword('a long enough password'), roles: given });
    const importLines = async (...lines: string[]) => {
      const answer = await auth.app.inject({
        method: 'POST',
        url: '/admin/users/import',
        headers: { authorization: `Bearer ${auth.admin.accessToken}`, 'content-type': 'application/x-ndjson' },
        payload: lines.join('\n'),
      });
      return answer.json<{ imported: number; refused: object[] }>();
    };
    const lines = [lineFor('host-1', 'member'), lineFor('guest-1', 'member', 'guest'), lineFor('host-2')];
    let importing: ReturnType<typeof importLines>[] = [];
    await db.transaction(async (tx) => {
      await tx.delete(roles).where(eq(roles.name, 'guest'));
      importing = [importLines(...lines), importLines(lineFor('guest-2', 'guest'))];
      await until(async () => (await countWaiting(db, '%"roles"%')) === 2);
    });
    const reason = 'roles must be among admin, member';
    t.strictSame(await importing[0], { imported: 2, refused: [{ line: 2, reason }] });
    t.strictSame(await importing[1], { imported: 0, refused: [{ line: 1, reason }] });
    const taken = 'the username is taken';
    t.strictSame(await importLines(...lines), {
      imported: 0,
      refused: [
        { line: 1, reason: taken },
        { line: 2, reason },
        { line: 3, reason: taken },
      ],
    });
  },
);
