import { Problem } from '@countersign/problems';
import { type CompactToken, parseCompactToken } from '@countersign/tokens';
import { andThen, unlessRefused } from '../and-then.ts';
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

/** Proven by this key. */
export interface ProvenToken extends VerifiedToken {
  readonly key: VerificationKey;
}

/** Makes the function that proves a token by everything that does not change with time: form, killed `kid`, header, key, signature, claims. */
export function createTokenVerifier({ keys, revocations, ...rules }: TokenVerifierOptions) {
  const checkSignature = createSignatureCheck();

  function judgeKid(token: CompactToken): Problem | null | Promise<Problem | null> {
    const { kid } = token.header;
    const killed = typeof kid === 'string' && revocations.isKidRevoked(kid);
    return andThen(killed, (isKilled) => (isKilled ? new Problem('token_revoked') : judgeHeader(token, rules)));
  }

  return (text: string): ProvenToken | Problem | Promise<ProvenToken | Problem> => {
    const token = parseCompactToken(text);
    if (token === null) return new Problem('token_malformed');
    return unlessRefused(judgeKid(token), () =>
      unlessRefused(findKey(keys, token, rules.clockToleranceSeconds), (key) =>
        unlessRefused(verifyAccessToken(token, key, rules, checkSignature), (claims) => ({ kid: key.kid, key, claims })),
      ),
    );
  };
}
