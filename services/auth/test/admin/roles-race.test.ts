import { needsReal, until } from '@countersign/testing';
import { sql } from 'drizzle-orm';
import t from 'tap';
import { withdrawAccessTokens } from '../../src/domain/withdraw-access-tokens.ts';
import { createRevocations } from '../../src/stores/revocations.postgres.ts';
import { createSessions } from '../../src/stores/sessions.postgres.ts';
import { userDirectory } from '../../src/stores/user-directory.postgres.ts';
import { administeredAuth, claimsOf } from './administered-auth.ts';

t.test('a refresh that waits for a change of roles has the new ones', async (t) => {
  // One connection, as PGlite has, lets nobody wait.
  if (!needsReal(t, 'postgres')) return;
  const { database, signUp, refresh, statusOfMe } = await administeredAuth(t);
  const { db } = database;
  const user = await signUp('admin');
  const ports = { sessions: createSessions(db), revocations: createRevocations() };
  const waiting = sql<number>`(select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'update "sessions"%')`;

  let refreshing: ReturnType<typeof refresh> | undefined;
  await db.transaction(async (tx) => {
    await userDirectory.setRoles(tx, user.id, ['member']);
    await withdrawAccessTokens(tx, ports, user.id);
    refreshing = refresh(user.refreshToken);
    await until(async () => Number((await db.select({ waiting }).from(sql`(values (1)) as one`))[0]?.waiting) > 0);
  });
  const answer = (await refreshing)?.json<{ access_token: string; scope: string }>();
  t.strictSame(claimsOf(String(answer?.access_token)).roles, ['member']);
  t.equal(answer?.scope, 'books:read books:write');
  t.equal(await statusOfMe(String(answer?.access_token)), 200);
});
