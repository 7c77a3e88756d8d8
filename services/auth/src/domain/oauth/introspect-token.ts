import type { AccessTokenClaims } from '@countersign/tokens';
import type { Judge } from '@countersign/verifier/parts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import { findClaims } from './find-claims.ts';

const INTROSPECT_SCOPE = 'introspect';

export type Introspection = { readonly active: false } | ({ readonly active: true; readonly token_type: 'Bearer' } & AccessTokenClaims);

export interface IntrospectPorts {
  /** Judges our own access tokens, whatever their audience. */
  readonly judge: Judge;
}

/**
 * RFC 7662: an access token that the database now holds valid is active; a refresh token never is, so that no service accepts it.
 *
 * @throws OAuthError `insufficient_scope` for a client that may not ask
 */
export async function introspectToken(
  { judge }: IntrospectPorts,
  { client }: { readonly client: Pick<Client, 'scopes'> },
  token: string,
): Promise<Introspection> {
  if (!client.scopes.includes(INTROSPECT_SCOPE)) throw new OAuthError('insufficient_scope', 'The client lacks the scope introspect.');
  const claims = await findClaims(judge, token);
  if (claims === null) return { active: false };
  // A session's csrf value is between the browser and its services.
  const { csrf: _csrf, ...told } = claims;
  return { active: true, token_type: 'Bearer', ...told };
}
