import type { EndSessionPorts } from './end-session.ts';
import { endSessions } from './end-session.ts';
import type { PasswordRules } from './password-rules.ts';
import type { Caller } from './ports.ts';
import { type ProvePasswordPorts, proveOwnPassword, wrongPassword } from './prove-password.ts';

export type ChangePasswordPorts = ProvePasswordPorts & EndSessionPorts & { readonly passwordRules: PasswordRules };

/** A new password for the one that is proved. The session that asks goes on; all others end. */
export async function changePassword(
  ports: ChangePasswordPorts,
  person: { readonly userId: string; readonly sessionId: string },
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
  caller: Caller,
): Promise<void> {
  const { users, passwords, audit } = ports;
  const { userId, sessionId } = person;
  const credentials = await proveOwnPassword(ports, person, currentPassword, caller);
  ports.passwordRules.check(newPassword, credentials.username, 'new_password');
  const passwordHash = await passwords.hash(newPassword);
  await ports.db.transaction(async (tx) => {
    if (!(await users.lockUnchanged(tx, credentials))) throw wrongPassword();
    await users.setPasswordHash(tx, userId, passwordHash);
    await endSessions(tx, ports, { userId, exceptId: sessionId }, 'password_changed');
    const { ip, requestId } = caller;
    await audit.record(tx, { event: 'password_changed', actor: userId, subject: userId, ip, requestId });
  });
  await ports.feed.flush();
}
