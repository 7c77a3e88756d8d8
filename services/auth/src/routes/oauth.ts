import type { Server } from '@countersign/service';
import { sendOAuthErrors } from './oauth-errors.ts';
import { parseOAuthForms } from './oauth-form.ts';
import { type IntrospectRouteOptions, introspectRoute } from './oauth-introspect.ts';
import { type RevokeRouteOptions, revokeRoute } from './oauth-revoke.ts';
import { type TokenRouteOptions, tokenRoute } from './oauth-token.ts';

export type OAuthOptions = TokenRouteOptions & RevokeRouteOptions & IntrospectRouteOptions;

/** The OAuth endpoints: forms in, and errors in the words of RFC 6749. */
export async function oauthRoutes(server: Server, options: OAuthOptions): Promise<void> {
  parseOAuthForms(server);
  sendOAuthErrors(server);
  await server.register(tokenRoute, options);
  await server.register(revokeRoute, options);
  await server.register(introspectRoute, options);
}
