import { formatScope, narrowScopes, parseScope } from '@countersign/tokens';
import { grantScopes } from '../scope.ts';
import type { LiveSession } from './session.ts';

/** What was asked for at login, as far as the user's roles allow it now. */
export function grantedScope({ allowedScopes, scope }: Pick<LiveSession, 'allowedScopes' | 'scope'>): string {
  return formatScope(narrowScopes(allowedScopes, scope === null ? null : parseScope(scope)));
}

/**
 * The session for an access token of this scope alone (RFC 6749, section 6), of all that it has when nothing is asked.
 *
 * @throws OAuthError `invalid_scope` for more than the session has
 */
export function narrowTo(session: LiveSession, scope: string | undefined): LiveSession {
  if (scope === undefined) return session;
  return { ...session, allowedScopes: grantScopes(parseScope(grantedScope(session)) ?? [], scope) };
}
