import { actedBy, type Caller } from '../caller.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import type { PasswordResets } from './password-reset.ts';
import type { PasswordRules } from './password-rules.ts';
import { type ProvePasswordPorts, proveOwnPassword, recordFailedProof } from './prove-password.ts';

export type ChangePasswordPorts = ProvePasswordPorts &
  EndSessionPorts & { readonly passwordRules: PasswordRules; readonly resets: PasswordResets };

/** Sets a new password once the current one is proved. The calling session continues; all others end, and reset tokens are discarded. */
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
    // Locks the user's row before the reset tokens, as a reset does, so that the two can't deadlock.
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
