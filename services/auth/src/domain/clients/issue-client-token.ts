import { type AccessTokenClaims, formatScope } from '@countersign/tokens';
import type { AccessTokenTerms, IssuedAccessToken } from '../access-token.ts';
import { createId } from '../identifiers.ts';
import type { SigningKeys } from '../keys/signer.ts';
import { audienceClaim, narrowAudience } from '../resource.ts';
import { signingTime } from '../revocation/not-before.ts';
import { grantScopes } from '../scope.ts';
import type { ClientReading } from './client.ts';
import { signForClient } from './sign-for-client.ts';

/**
 * `client_credentials` (RFC 6749, section 4.4): a client's own token. It is stored nowhere; an entry for its `jti` or client can end it.
 *
 * @throws OAuthError `invalid_scope`, `invalid_target`
 */
export async function issueClientToken(
  keys: SigningKeys,
  terms: AccessTokenTerms,
  { client, now }: ClientReading,
  asked: { readonly scope: string | undefined; readonly resource: readonly string[] },
): Promise<IssuedAccessToken> {
  const { issuer, ttlSeconds } = terms;
  const scope = formatScope(grantScopes(client.scopes, asked.scope));
  const aud = audienceClaim(narrowAudience(client.audiences, asked.resource, terms));
  const iat = await signingTime(now, client.tokensNotBefore);
  const claims: AccessTokenClaims = {
    iss: issuer,
    aud,
    sub: client.id,
    client_id: client.id,
    iat,
    exp: iat + ttlSeconds,
    jti: createId(),
    ...(scope === '' ? {} : { scope }),
  };
  return { accessToken: await signForClient(keys, claims), expiresIn: ttlSeconds, scope };
}
