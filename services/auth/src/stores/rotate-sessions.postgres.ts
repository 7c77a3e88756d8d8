import type { Database } from '@countersign/service';
import { eq, sql } from 'drizzle-orm';
import type { PresentedRefreshToken, RotatedSession } from '../domain/sessions/rotations.ts';
import { isLive, liveSession, toLiveSession } from './live-session.postgres.ts';
import { sessions } from './schema.ts';

interface AskedRotation extends PresentedRefreshToken {
  readonly idleSeconds: number;
  /** How far the generation moves: 0 if refresh tokens don't rotate. */
  readonly step: number;
}

/**
 * Refreshes sessions by their current tokens, in one statement that holds the conditions of `judgeRefresh`. Prepared once, since every
 * client comes here every few minutes. Sessions that another transaction holds are skipped: waiting would hold up the others, and two such
 * statements could deadlock. Their callers get `null`, and judge them under their own lock.
 */
export function prepareRotations(db: Database): (rotations: readonly AskedRotation[]) => Promise<(RotatedSession | null)[]> {
  // Seeds as text: the driver can pass text[] and integer[], but not bytea[]. Of equal tokens the first one rotates the session.
  const asked = sql`
    select distinct on (session_id, generation, seed_digest) *
    from unnest(
      ${sql.placeholder('sessionIds')}::text[], ${sql.placeholder('generations')}::integer[], ${sql.placeholder('seedDigests')}::text[],
      ${sql.placeholder('idleSeconds')}::integer[], ${sql.placeholder('steps')}::integer[]
    ) with ordinality as presented(session_id, generation, seed_digest, idle_seconds, step, position)
    order by session_id, generation, seed_digest, position
  `;
  // One by one, because of its limit: without statistics, as after a restore, Postgres would compare every session with every token.
  const live = sql`
    select ${sessions.id}, ${sessions.rotatedAt}
    from ${sessions}
    where ${sessions.id} = asked.session_id and ${sessions.generation} = asked.generation
      and ${sessions.seedDigest} = decode(asked.seed_digest, 'hex') and ${isLive(db)}
    limit 1
    for no key update of ${sessions} skip locked
  `;
  const current = db.$with('current', { id: sessions.id, rotatedAt: sessions.rotatedAt }).as(sql`
    select live.id, live.rotated_at, asked.idle_seconds, asked.step, asked.position
    from (${asked}) as asked cross join lateral (${live}) as live
  `);
  const statement = db
    .with(current)
    .update(sessions)
    .set({
      generation: sql`${sessions.generation} + current.step`,
      // Not now(), the beginning of the transaction: time spent waiting for the session would be missing from the grace.
      rotatedAt: sql`case when current.step = 1 then clock_timestamp() else ${sessions.rotatedAt} end`,
      lastUsedAt: sql`now()`,
      idleExpiresAt: sql`now() + current.idle_seconds * interval '1 second'`,
    })
    .from(current)
    .where(eq(sessions.id, current.id))
    .returning({ ...liveSession, presentedSince: current.rotatedAt, position: sql`current.position`.mapWith(Number) })
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
