import type { Server } from '@countersign/service';
import { sendOAuthErrors } from './oauth-errors.ts';
import { parseOAuthForms } from './oauth-form.ts';
import { type TokenRouteOptions, tokenRoute } from './oauth-token.ts';

/** The OAuth endpoints: forms in, and errors in the form of RFC 6749. */
export async function oauthRoutes(server: Server, options: TokenRouteOptions): Promise<void> {
  parseOAuthForms(server);
  sendOAuthErrors(server);
  await server.register(tokenRoute, options);
}
