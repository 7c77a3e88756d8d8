import { type AccessTokenClaims, formatScope } from '@countersign/tokens';
import type { ClientReading } from './client.ts';
import { createId } from './identifiers.ts';
import { audienceClaim, narrowAudience } from './oauth-resource.ts';
import { grantScopes } from './oauth-scope.ts';
import type { SigningKeys } from './ports.ts';
import { signingTime } from './signing-time.ts';

export interface ClientTokenIssuing {
  readonly issuer: string;
  readonly accessTokenTtlSeconds: number;
  readonly keys: SigningKeys;
}

/** What `/oauth/token` answers (RFC 6749, section 5.1; `issued_token_type`: RFC 8693). */
export interface IssuedToken {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope: string;
}

/**
 * `client_credentials` (RFC 6749, section 4.4): a client's token for itself. It leaves no row behind; what ends it before
 * its time is an entry for its `jti` or for its client.
 *
 * @throws OAuthError `invalid_scope`, `invalid_target`
 */
export async function issueClientToken(
  { issuer, accessTokenTtlSeconds, keys }: ClientTokenIssuing,
  { client, now }: ClientReading,
  asked: { readonly scope: string | undefined; readonly resource: readonly string[] },
): Promise<IssuedToken> {
  const scope = formatScope(grantScopes(client.scopes, asked.scope));
  const aud = audienceClaim(narrowAudience(client.audiences, asked.resource, issuer));
  const iat = await signingTime(now, client.tokensNotBefore);
  const claims: AccessTokenClaims = {
    iss: issuer,
    aud,
    sub: client.id,
    client_id: client.id,
    iat,
    exp: iat + accessTokenTtlSeconds,
    jti: createId(),
    ...(scope === '' ? {} : { scope }),
  };
  const signer = await keys.current();
  return { access_token: signer.sign(claims), token_type: 'Bearer', expires_in: accessTokenTtlSeconds, scope };
}
