import type { Database } from '@countersign/service';
import { and, eq, sql } from 'drizzle-orm';
import type { LiveSession, PresentedRefreshToken } from '../domain/session.ts';
import { isLive, liveSession, toLiveSession } from './live-session.postgres.ts';
import { sessions } from './schema.ts';

export interface AskedRotation extends PresentedRefreshToken {
  readonly idleSeconds: number;
  /** How far the generation moves: 0 where refresh tokens don't rotate. */
  readonly step: number;
}

/**
 * The refresh of sessions by their current tokens: one statement that holds the conditions of `judgeRefresh`. Every
 * client comes here every few minutes, so drizzle builds it once, and refreshes that come at the same time share a run and its
 * wait for the disk. A session that another transaction holds is not waited for, since the others would wait too, and two
 * runs might wait for each other: it is to be judged, which locks it alone.
 */
export function prepareRotations(db: Database): (asked: readonly AskedRotation[]) => Promise<(LiveSession | null)[]> {
  const asked = sql`unnest(
    ${sql.placeholder('sessionIds')}::text[], ${sql.placeholder('generations')}::integer[], ${sql.placeholder('seedDigests')}::text[],
    ${sql.placeholder('idleSeconds')}::integer[], ${sql.placeholder('steps')}::integer[]
  ) with ordinality as asked(session_id, generation, seed_digest, idle_seconds, step, place)`;
  const current = db.$with('current').as(
    db
      .select({
        id: sessions.id,
        idleSeconds: sql<number>`asked.idle_seconds`.as('idle_seconds'),
        step: sql<number>`asked.step`.as('step'),
        place: sql<number>`asked.place`.as('place'),
      })
      .from(sessions)
      .innerJoin(asked, sql`asked.session_id = ${sessions.id}`)
      .where(
        and(sql`${sessions.generation} = asked.generation`, sql`${sessions.seedDigest} = decode(asked.seed_digest, 'hex')`, isLive(db)),
      )
      .for('no key update', { of: sessions, skipLocked: true }),
  );
  const statement = db
    .with(current)
    .update(sessions)
    .set({
      generation: sql`${sessions.generation} + ${current.step}`,
      rotatedAt: sql`case when ${current.step} = 1 then now() else ${sessions.rotatedAt} end`,
      lastUsedAt: sql`now()`,
      idleExpiresAt: sql`least(now() + ${current.idleSeconds} * interval '1 second', ${sessions.expiresAt})`,
    })
    .from(current)
    .where(eq(sessions.id, current.id))
    .returning({ ...liveSession, place: sql`${current.place}`.mapWith(Number) })
    .prepare('rotate_sessions');
  return async (asked) => {
    const rows = await statement.execute({
      sessionIds: asked.map(({ sessionId }) => sessionId),
      generations: asked.map(({ generation }) => generation),
      seedDigests: asked.map(({ seedDigest }) => seedDigest.toString('hex')),
      idleSeconds: asked.map(({ idleSeconds }) => idleSeconds),
      steps: asked.map(({ step }) => step),
    });
    const rotated = new Map(rows.map((row) => [row.place - 1, toLiveSession(row)]));
    return asked.map((_, place) => rotated.get(place) ?? null);
  };
}
