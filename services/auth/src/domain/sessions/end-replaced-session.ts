import { Problem } from '@countersign/problems';
import type { Caller } from '../caller.ts';
import { type LogOutPorts, logOut } from './log-out.ts';
import type { RefreshTokenSecrets } from './refresh-token.ts';

/**
 * Ends the session whose cookies a new one overwrites: this browser couldn't end it later. No CSRF check, since the password was proved.
 *
 * @param token - the access token in the cookie
 */
export async function endReplacedSession(ports: LogOutPorts, secrets: RefreshTokenSecrets, token: string, caller: Caller): Promise<void> {
  try {
    await logOut(ports, secrets, { token, cookie: null }, caller);
  } catch (error) {
    // The token names no session that can be relied on: it isn't ours, or its key was killed and anybody may have made it.
    if (!(error instanceof Problem && error.statusCode < 500)) throw error;
  }
}
