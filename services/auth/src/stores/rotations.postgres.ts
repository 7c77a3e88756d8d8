import type { Database } from '@countersign/service';
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PresentedRefreshToken, Rotations } from '../domain/sessions/rotations.ts';
import { liveSession, lockedSession, toLiveSession } from './live-session.postgres.ts';
import { prepareRotations } from './rotate-sessions.postgres.ts';
import { runTogether } from './run-together.ts';
import { sessions, users } from './schema.ts';
import { wholeNames } from './whole-names.ts';

export function createRotations(database: Database): Rotations {
  const rotateTogether = runTogether(prepareRotations(database));
  return {
    ...methods,
    async rotate(db, token, { idleSeconds }, rotation) {
      const asked = { ...token, idleSeconds, step: rotation ? 1 : 0 };
      if (db === database) return await rotateTogether(asked);
      // In a transaction it has to run alone.
      const [rotated = null] = await prepareRotations(db)([asked]);
      return rotated;
    },
  };
}

const methods: Omit<Rotations, 'rotate'> = {
  async lock(tx, token) {
    const [row] = await tx
      .select({
        ...liveSession,
        rotatedAt: sessions.rotatedAt,
        idleExpiresAt: sessions.idleExpiresAt,
        expiresAt: sessions.expiresAt,
        endedAt: sessions.endedAt,
        userDisabled: wholeNames(
          sql<boolean>`exists (select 1 from ${users} where ${users.id} = ${sessions.userId} and ${users.disabledAt} is not null)`,
        ),
      })
      .from(lockedSession(tx, isOf(token), 'update'));
    if (row === undefined) return null;
    const session = toLiveSession(row);
    return { state: row, session, now: new Date(session.now * 1000) };
  },

  async makeCurrent(tx, token) {
    await tx.update(sessions).set({ generation: token.generation }).where(isOf(token));
  },

  async undo(db, token, since) {
    await db
      .update(sessions)
      .set({ generation: token.generation, rotatedAt: since })
      .where(and(isOf(token), eq(sessions.generation, token.generation + 1)));
  },
};

/** The session of the token, whatever the token's generation. */
function isOf({ sessionId, seedDigest }: PresentedRefreshToken): SQL | undefined {
  return and(eq(sessions.id, sessionId), eq(sessions.seedDigest, seedDigest));
}
