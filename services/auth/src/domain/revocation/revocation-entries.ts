import { type AccessTokenClaims, CLOCK_MARGIN_SECONDS, REVOCATION_STREAM_SECONDS, type RevocationEntry } from '@countersign/tokens';

// Entries for `Revocations`. Making one refuses nothing until it is written.

export function entryForToken({ jti, exp }: AccessTokenClaims): RevocationEntry {
  return { kind: 'jti', id: jti, expiresAt: exp + CLOCK_MARGIN_SECONDS, before: null };
}

/**
 * Refuses all access tokens of a session or client, permanently: the last may be signed at this moment, and live as long as any can.
 *
 * @param now - the database's clock, in Unix seconds
 */
export function entryForAllTokens(kind: 'sid' | 'client', id: string, now: number): RevocationEntry {
  return { kind, id, expiresAt: lapsesAt(now), before: null };
}

/** Refuses the tokens that were issued before a second, and none that is issued from then on. */
export function entryForTokensBefore(kind: 'sid' | 'client', id: string, before: number): RevocationEntry {
  return { kind, id, expiresAt: lapsesAt(before - 1), before };
}

/**
 * When the last token issued by then has expired; its `iat` is that time's whole second. Not a second later: the stream is trimmed at
 * exactly this age, and an entry that hadn't lapsed yet would be kept for as long again.
 */
function lapsesAt(issuedUntil: number): number {
  return Math.floor(issuedUntil) + REVOCATION_STREAM_SECONDS;
}
