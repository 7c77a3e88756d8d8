import { formatScope, narrowScopes, parseScope } from '@countersign/tokens';
import { grantScopes } from '../scope.ts';
import type { LiveSession } from './session.ts';

/** The scope that was asked for at login, as far as the user's roles allow it now. */
export function grantedScope({ allowedScopes, scope }: Pick<LiveSession, 'allowedScopes' | 'scope'>): string {
  return formatScope(narrowScopes(allowedScopes, scope === null ? null : parseScope(scope)));
}

/**
 * The session, narrowed to this scope for one access token (RFC 6749, section 6); unchanged when none is requested.
 *
 * @throws OAuthError `invalid_scope` for more than the session has
 */
export function narrowTo(session: LiveSession, scope: string | undefined): LiveSession {
  if (scope === undefined) return session;
  return { ...session, allowedScopes: grantScopes(parseScope(grantedScope(session)) ?? [], scope) };
}
