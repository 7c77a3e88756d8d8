import type { AccessTokenClaims } from '@countersign/tokens';
import type { EventRecorded } from '../audit.ts';
import { actedBy, type Caller } from '../caller.ts';
import { entryForToken } from './revocation-entries.ts';
import type { RevocationFeed, Revocations } from './revocations.ts';

export interface TokenRevocationPorts {
  readonly revocations: Revocations;
  readonly feed: RevocationFeed;
  readonly eventRecorded: EventRecorded;
}

/** Refuses one access token from now on. Its session continues. */
export async function revokeToken(
  { revocations, feed, eventRecorded }: TokenRevocationPorts,
  claims: AccessTokenClaims,
  caller: Caller,
): Promise<void> {
  const event = 'token_revoked' as const;
  const record = { ...actedBy(claims.sub, caller), event, subject: claims.jti };
  if (await revocations.revokeAndRecord(entryForToken(claims), record)) eventRecorded(event);
  await feed.flush();
}
