import { narrowScopes, parseScope } from '@countersign/tokens';
import { OAuthError } from './oauth-error.ts';

/**
 * The scopes of a token: those asked for, all of those held when nothing is asked (RFC 6749, section 3.3). More than
 * is held is refused and not narrowed: a program that asks for what it may not have should hear it at once.
 *
 * @throws OAuthError `invalid_scope`
 */
export function grantScopes(held: readonly string[], asked: string | undefined): string[] {
  if (asked === undefined) return [...held];
  const scopes = parseScope(asked);
  if (scopes === null) throw new OAuthError('invalid_scope', 'The scope does not have the form of RFC 6749, section 3.3.');
  if (!scopes.every((scope) => held.includes(scope))) throw new OAuthError('invalid_scope', 'A scope was asked for that is not held.');
  return narrowScopes(held, scopes);
}
