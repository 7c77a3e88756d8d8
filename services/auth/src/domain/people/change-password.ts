import { actedBy, type Caller } from '../caller.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import type { PasswordResets } from './password-reset.ts';
import type { PasswordRules } from './password-rules.ts';
import { type ProvePasswordPorts, proveOwnPassword, recordFailedProof } from './prove-password.ts';

export type ChangePasswordPorts = ProvePasswordPorts &
  EndSessionPorts & { readonly passwordRules: PasswordRules; readonly resets: PasswordResets };

/** A new password for the one that is proved. The session that asks goes on; all others end, and reset tokens are used up. */
export async function changePassword(
  ports: ChangePasswordPorts,
  person: { readonly userId: string; readonly sessionId: string },
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
  caller: Caller,
): Promise<void> {
  const { users, passwords, resets, audit } = ports;
  const { userId, sessionId } = person;
  const credentials = await proveOwnPassword(ports, person, currentPassword, caller);
  ports.passwordRules.check(newPassword, credentials.username, 'new_password');
  const passwordHash = await passwords.hash(newPassword, caller);
  const isStillProved = await ports.db.transaction(async (tx) => {
    // The user's row before the reset tokens, in the order in which a reset locks them, so that the two never wait for each other.
    if (!(await users.lockUnchanged(tx, credentials))) return false;
    await resets.forget(tx, userId);
    await users.setPasswordHash(tx, userId, passwordHash);
    await endSessions(tx, ports, { userId, exceptId: sessionId }, 'password_changed');
    await audit.record(tx, { ...actedBy(userId, caller), event: 'password_changed', subject: userId });
    return true;
  });
  if (!isStillProved) throw await recordFailedProof(ports, person, caller);
  await ports.feed.flush();
}
