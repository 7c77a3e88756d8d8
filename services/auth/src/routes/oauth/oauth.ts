import type { Server } from '@countersign/service';
import { sendOAuthErrors } from './errors.ts';
import { parseOAuthForms } from './form.ts';
import { type IntrospectRouteOptions, introspectRoute } from './introspect.ts';
import { type RevokeRouteOptions, revokeRoute } from './revoke.ts';
import { type TokenRouteOptions, tokenRoute } from './token.ts';

export type OAuthOptions = TokenRouteOptions & RevokeRouteOptions & IntrospectRouteOptions;

export async function oauthRoutes(server: Server, options: OAuthOptions): Promise<void> {
  parseOAuthForms(server);
  sendOAuthErrors(server);
  await server.register(tokenRoute, options);
  await server.register(revokeRoute, options);
  await server.register(introspectRoute, options);
}
