import { narrowScopes, parseScope } from '@countersign/tokens';
import { listHeld, OAuthError } from './oauth-error.ts';

/**
 * The scopes of a token: those requested, or all that are held when none is requested (RFC 6749, section 3.3). Requesting more than is held
 * is refused, not narrowed, so that a program learns of it at once.
 *
 * @throws OAuthError `invalid_scope`
 */
export function grantScopes(held: readonly string[], asked: string | undefined): string[] {
  if (asked === undefined) return [...held];
  const scopes = parseScope(asked);
  if (scopes === null) throw new OAuthError('invalid_scope', 'The scope does not have the form of RFC 6749, section 3.3.');
  if (!scopes.every((scope) => held.includes(scope)))
    throw new OAuthError('invalid_scope', `A requested scope is not held by this client or token. ${listHeld(held)}`);
  return narrowScopes(held, scopes);
}
