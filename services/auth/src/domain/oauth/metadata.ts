import { ASSERTION_ALGS } from '../clients/client-jwks.ts';
import { TOKEN_EXCHANGE } from './exchange-token.ts';

const GRANT_TYPES = ['client_credentials', 'refresh_token', TOKEN_EXCHANGE];

/** Authentication methods by their registered names; `none` is the public client `first-party`, for people's refresh tokens. */
const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];

/** Scopes of this stack's own services. Roles and clients may have others, which RFC 8414 allows leaving out. */
const SCOPES = ['books:read', 'books:write', 'books:delete', 'admin'];

/** Authorization server metadata (RFC 8414). Introspection is left out: it is internal, and the gateway doesn't expose it. */
export function authorizationServerMetadata({ issuer }: { readonly issuer: string }) {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: SCOPES,
    response_types_supported: [] as string[],
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGS],
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: [...ASSERTION_ALGS],
  };
}
