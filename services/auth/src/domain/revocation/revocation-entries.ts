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
  return { kind, id, expiresAt: lapsesAt(now), before: null };
}

/** Refuses those that were issued before a second, and none that is issued from then on. */
export function refuseIssuedBefore(kind: 'sid' | 'client', id: string, before: number): RevocationEntry {
  return { kind, id, expiresAt: lapsesAt(before - 1), before };
}

/**
 * When the last token has expired that was issued by then; `iat` is the second that has begun. Not a moment later: when the stream is
 * trimmed of the entry it has lapsed, and isn't moved to the end for as long again.
 */
function lapsesAt(issuedUntil: number): number {
  return Math.floor(issuedUntil) + REVOCATION_STREAM_SECONDS;
}
