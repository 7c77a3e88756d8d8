import { Problem } from '@countersign/problems';
import { actedBy, type Caller } from '../caller.ts';
import { digestSecret, isSecret } from '../random-secret.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { type PasswordResets, RESET_TOKEN_PREFIX } from './password-reset.ts';
import type { PasswordRules } from './password-rules.ts';
import type { Users } from './user.ts';

export interface ResetPasswordPorts extends EndSessionPorts {
  readonly users: Users;
  readonly passwords: PasswordHasher;
  readonly passwordRules: PasswordRules;
  readonly resets: PasswordResets;
}

/**
 * Sets a new password with a reset token, and ends all sessions of the user.
 *
 * @throws Problem `token_malformed`, `token_invalid`, `validation_failed` for the password, `unavailable`
 */
export async function resetPassword(ports: ResetPasswordPorts, resetToken: string, newPassword: string, caller: Caller): Promise<void> {
  if (!isSecret(RESET_TOKEN_PREFIX, resetToken))
    throw new Problem('token_malformed', { detail: 'This does not have the form of a reset token.' });
  const digest = digestSecret(resetToken);
  const user = await ports.resets.findUser(ports.db, digest);
  if (user === null) throw notGood();
  ports.passwordRules.check(newPassword, user.username, 'new_password');
  const passwordHash = await ports.passwords.hash(newPassword, caller);
  await ports.db.transaction(async (tx) => {
    if (!(await ports.resets.use(tx, { digest, userId: user.id }))) throw notGood();
    await ports.users.setPasswordHash(tx, user.id, passwordHash);
    await endSessions(tx, ports, { userId: user.id }, 'password_reset');
    await ports.audit.record(tx, { ...actedBy(user.id, caller), event: 'password_reset', subject: user.id });
  });
  await ports.feed.flush();
}

function notGood(): Problem {
  return new Problem('token_invalid', {
    detail: 'This reset token is unknown, expired or already used, or the account is disabled. Ask an administrator.',
  });
}
