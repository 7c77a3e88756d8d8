import { type AccessTokenClaims, MAX_TOKEN_BYTES } from '@countersign/tokens';
import type { SigningKeys } from '../keys/signer.ts';
import { OAuthError } from '../oauth-error.ts';

/**
 * Signs an access token that a client asked for at the token endpoint.
 *
 * @throws OAuthError `invalid_scope` when it would be too large for any verifier
 */
export async function signForClient(keys: SigningKeys, claims: AccessTokenClaims): Promise<string> {
  const token = (await keys.current()).sign(claims);
  if (token.length <= MAX_TOKEN_BYTES) return token;
  throw new OAuthError(
    'invalid_scope',
    `The token would be larger than ${MAX_TOKEN_BYTES} bytes. Request fewer scopes with scope, or fewer audiences with resource.`,
  );
}
