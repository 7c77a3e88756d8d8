import type { Database } from '@countersign/service';
import type { RevocationView, VerifiedToken } from '@countersign/verifier';
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm';
import { revocations } from './schema.ts';

/**
 * Revocation by the database, as of now: auth's own endpoints refuse what a call has revoked from that call's answer on, on every instance,
 * even without Redis. Never out of date; throws when the database is down.
 *
 * @param keys - in memory; `isRevoked` also asks the database for a killed key
 */
export function createPostgresRevocationView(db: Database, keys: { isKilled(kid: string): boolean }): RevocationView {
  const named = (kind: 'jti' | 'sid' | 'client' | 'kid') => and(eq(revocations.kind, kind), eq(revocations.id, sql.placeholder(kind)));
  const covers = or(isNull(revocations.before), gt(revocations.before, sql.placeholder('iat')));
  const find = db
    .select({ seq: revocations.seq })
    .from(revocations)
    .where(and(or(named('jti'), named('sid'), named('client'), named('kid')), covers))
    .limit(1)
    .prepare('find_revocation');

  return {
    isKidRevoked: (kid) => keys.isKilled(kid),
    async isRevoked({ kid, claims: { jti, sid = '', client_id: client, iat } }: VerifiedToken) {
      return (await find.execute({ jti, sid, client, kid, iat })).length > 0;
    },
    isFresh: () => true,
    notReady: () => null,
  };
}
