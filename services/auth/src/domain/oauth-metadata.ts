import { ASSERTION_ALGS } from './client-jwks.ts';

export const GRANT_TYPES = ['client_credentials', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'] as const;

export type GrantType = (typeof GRANT_TYPES)[number];

/** How clients authenticate, in the registry's words; `none` is the public client `first-party`, for people's refresh tokens. */
const AUTH_METHODS = ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const;

/** What the server says about itself (RFC 8414). Introspection isn't in it: it is internal, and the gateway doesn't let it out. */
export function authorizationServerMetadata({ issuer, scopes }: { readonly issuer: string; readonly scopes: readonly string[] }) {
  return {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    revocation_endpoint: `${issuer}/oauth/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: scopes,
    response_types_supported: [],
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: [...AUTH_METHODS, 'none'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
    revocation_endpoint_auth_methods_supported: [...AUTH_METHODS, 'none'],
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGS,
  };
}
