import { type AccessTokenClaims, CLOCK_MARGIN_SECONDS, REVOCATION_STREAM_SECONDS, type RevocationEntry } from '@countersign/tokens';

/** Refuses one access token. */
export function refuseToken({ jti, exp }: AccessTokenClaims): RevocationEntry {
  return { kind: 'jti', id: jti, expiresAt: exp + CLOCK_MARGIN_SECONDS, before: null };
}

/**
 * Refuses all access tokens of a session or a client, for good: the last one may be signed in this very moment, and live for as
 * long as any can.
 *
 * @param now - the database's clock, in Unix seconds
 */
export function refuseAll(kind: 'sid' | 'client', id: string, now: number): RevocationEntry {
  return { kind, id, expiresAt: Math.ceil(now) + REVOCATION_STREAM_SECONDS, before: null };
}

/** Refuses those that were issued before a second, and none that is issued from then on. */
export function refuseIssuedBefore(kind: 'sid' | 'client', id: string, before: number): RevocationEntry {
  return { kind, id, expiresAt: before + REVOCATION_STREAM_SECONDS, before };
}
