import type { Database } from '@countersign/service';
import { and, eq, sql } from 'drizzle-orm';
import type { PresentedRefreshToken, RotatedSession } from '../domain/sessions/rotations.ts';
import { isLive, liveSession, toLiveSession } from './live-session.postgres.ts';
import { sessions } from './schema.ts';

interface AskedRotation extends PresentedRefreshToken {
  readonly idleSeconds: number;
  /** How far the generation moves: 0 where refresh tokens don't rotate. */
  readonly step: number;
}

/**
 * Refreshes sessions by their current tokens, in one statement that holds the conditions of `judgeRefresh`. Built once,
 * since every client comes here every few minutes. A session that another transaction holds is skipped: to wait for it would hold
 * up the others, and two such statements could wait for each other. Its caller gets `null`, and judges it under its own lock.
 */
export function prepareRotations(db: Database): (rotations: readonly AskedRotation[]) => Promise<(RotatedSession | null)[]> {
  // Seeds as text: the driver can pass text[] and integer[], but not bytea[]. Of equal tokens the first one rotates the session.
  const asked = sql`(
    select distinct on (session_id, generation, seed_digest) *
    from unnest(
      ${sql.placeholder('sessionIds')}::text[], ${sql.placeholder('generations')}::integer[], ${sql.placeholder('seedDigests')}::text[],
      ${sql.placeholder('idleSeconds')}::integer[], ${sql.placeholder('steps')}::integer[]
    ) with ordinality as presented(session_id, generation, seed_digest, idle_seconds, step, position)
    order by session_id, generation, seed_digest, position
  ) as asked`;
  // One by one, by its limit: without statistics, as after a restore, Postgres would rather compare every session with every token.
  const live = db
    .select({ id: sessions.id, rotatedAt: sessions.rotatedAt })
    .from(sessions)
    .where(
      and(
        sql`${sessions.id} = asked.session_id`,
        sql`${sessions.generation} = asked.generation`,
        sql`${sessions.seedDigest} = decode(asked.seed_digest, 'hex')`,
        isLive(db),
      ),
    )
    .limit(1)
    .for('no key update', { of: sessions, skipLocked: true })
    .as('live');
  const current = db.$with('current').as(
    db
      .select({
        id: live.id,
        presentedSince: live.rotatedAt,
        idleSeconds: sql<number>`asked.idle_seconds`.as('idle_seconds'),
        step: sql<number>`asked.step`.as('step'),
        position: sql<number>`asked.position`.as('position'),
      })
      .from(asked)
      .crossJoinLateral(live),
  );
  const statement = db
    .with(current)
    .update(sessions)
    .set({
      generation: sql`${sessions.generation} + ${current.step}`,
      // Not now(), the beginning of the transaction: what it has waited for the session since would be missing from the grace.
      rotatedAt: sql`case when ${current.step} = 1 then clock_timestamp() else ${sessions.rotatedAt} end`,
      lastUsedAt: sql`now()`,
      idleExpiresAt: sql`now() + ${current.idleSeconds} * interval '1 second'`,
    })
    .from(current)
    .where(eq(sessions.id, current.id))
    .returning({ ...liveSession, presentedSince: current.presentedSince, position: sql`${current.position}`.mapWith(Number) })
    .prepare('rotate_sessions');
  return async (rotations) => {
    const rows = await statement.execute({
      sessionIds: rotations.map(({ sessionId }) => sessionId),
      generations: rotations.map(({ generation }) => generation),
      seedDigests: rotations.map(({ seedDigest }) => seedDigest.toString('hex')),
      idleSeconds: rotations.map(({ idleSeconds }) => idleSeconds),
      steps: rotations.map(({ step }) => step),
    });
    const rotated = new Map(rows.map((row) => [row.position - 1, { ...toLiveSession(row), presentedSince: row.presentedSince }]));
    return rotations.map((_, position) => rotated.get(position) ?? null);
  };
}
