import { Problem } from '@countersign/problems';
import { parseCompactToken } from '@countersign/tokens';
import type { KeySource } from '../keys/key-source.ts';
import type { VerificationKey } from '../keys/verification-key.ts';
import type { RevocationView, VerifiedToken } from '../revocation/revocation-view.ts';
import { findKey } from './find-key.ts';
import { createSignatureCheck } from './signature-check.ts';
import { type AccessTokenRules, judgeHeader, verifyAccessToken } from './verify-access-token.ts';

export interface TokenVerifierOptions extends AccessTokenRules {
  readonly keys: KeySource;
  readonly revocations: Pick<RevocationView, 'isKidRevoked'>;
}

export interface ProvenToken extends VerifiedToken {
  readonly key: VerificationKey;
}

/** Makes the function that proves all that does not change with time: form, killed `kid`, header, key, signature, claims. */
export function createTokenVerifier({ keys, revocations, ...rules }: TokenVerifierOptions) {
  const checkSignature = createSignatureCheck();

  return async (text: string): Promise<ProvenToken | Problem> => {
    const token = parseCompactToken(text);
    if (token === null) return new Problem('token_malformed');
    const { kid } = token.header;
    if (typeof kid === 'string' && (await revocations.isKidRevoked(kid))) return new Problem('token_revoked');
    const refusal = judgeHeader(token, rules);
    if (refusal !== null) return refusal;
    const key = await findKey(keys, token, rules.clockToleranceSeconds);
    if (key instanceof Problem) return key;
    const claims = await verifyAccessToken(token, key, rules, checkSignature);
    return claims instanceof Problem ? claims : { kid: key.kid, key, claims };
  };
}
