import { Problem } from '@countersign/problems';
import type { AccessTokenClaims } from '@countersign/tokens';
import type { Judge } from '@countersign/verifier/parts';

/**
 * The claims of an access token that a client asks about, or `null` when it isn't valid.
 *
 * @throws Problem when its validity can't be determined now
 */
export async function findClaims(judge: Judge, token: string): Promise<AccessTokenClaims | null> {
  const judgement = await judge(token, 'reject');
  if (!(judgement instanceof Problem)) return judgement.claims;
  if (judgement.statusCode >= 500) throw judgement;
  return null;
}
