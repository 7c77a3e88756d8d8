import { Problem } from '@countersign/problems';
import type { CompactToken } from '@countersign/tokens';
import type { KeySource } from '../keys/key-source.ts';
import type { VerificationKey } from '../keys/verification-key.ts';

/** The key that the header's `kid` names, loaded when it isn't in memory; without one the refusal. */
export async function findKey(keys: KeySource, token: CompactToken, clockToleranceSeconds: number): Promise<VerificationKey | Problem> {
  const kid = token.header.kid as string; // judgeHeader has checked that it is one
  const key = keys.find(kid);
  if (key !== undefined) return key;
  if (!isRetired(keys, kid)) await keys.refresh();
  return keys.find(kid) ?? withoutKey(keys, token, clockToleranceSeconds);
}

/**
 * A token of a retired key has expired, and one of a killed key is revoked. In both cases the client should refresh, which `token_invalid`
 * would keep it from. The claims were not verified, but whatever they say the token is refused.
 */
function withoutKey(keys: KeySource, { header, payload: { exp } }: CompactToken, clockToleranceSeconds: number): Problem {
  if (keys.notReady() !== null) return new Problem('unavailable');
  if (!isRetired(keys, header.kid as string)) return new Problem('token_invalid', { detail: 'The kid names no published key.' });
  const hasExpired = typeof exp === 'number' && Date.now() >= (exp + clockToleranceSeconds) * 1000;
  return new Problem(hasExpired ? 'token_expired' : 'token_revoked');
}

function isRetired(keys: KeySource, kid: string): boolean {
  return keys.isRetired?.(kid) ?? false;
}
