import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Caller } from '../caller.ts';
import { createSecret, digestSecret, isSecret } from '../random-secret.ts';
import { type EndSessionPorts, endSessions } from '../sessions/end-session.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordRules } from './password-rules.ts';
import type { Users } from './user.ts';

/** Reset tokens that wait to be used, by their digest. */
export interface PasswordResets {
  /** @returns when it expires */
  insert(tx: Database, reset: { digest: Buffer; userId: string; lifeSeconds: number }): Promise<Date>;
  /** Whose it is, unless it is unknown, used up or expired. */
  findUser(db: Database, digest: Buffer): Promise<{ id: string; username: string } | null>;
  /** Uses it up, and all others of its user. @returns `false` when another call has done so, or its time is over */
  use(tx: Database, reset: { digest: Buffer; userId: string }): Promise<boolean>;
  forget(tx: Database, userId: string): Promise<void>;
}

export interface ResetPasswordPorts extends EndSessionPorts {
  readonly users: Users;
  readonly passwords: PasswordHasher;
  readonly passwordRules: PasswordRules;
  readonly resets: PasswordResets;
}

const LIFE_SECONDS = 3600;
const PREFIX = 'cs_pr_';

/**
 * Makes a one-time token by which a user can set a new password. The administrator who makes it hands it over and
 * learns no password by it.
 */
export async function createPasswordReset(
  tx: Database,
  resets: PasswordResets,
  userId: string,
): Promise<{ resetToken: string; expiresAt: Date }> {
  const resetToken = createSecret(PREFIX);
  const expiresAt = await resets.insert(tx, { digest: digestSecret(resetToken), userId, lifeSeconds: LIFE_SECONDS });
  return { resetToken, expiresAt };
}

/** Sets a new password by a reset token. All sessions of the user end. */
export async function resetPassword(ports: ResetPasswordPorts, resetToken: string, newPassword: string, caller: Caller): Promise<void> {
  if (!isSecret(PREFIX, resetToken)) throw new Problem('token_malformed', { detail: 'This does not have the form of a reset token.' });
  const digest = digestSecret(resetToken);
  const user = await ports.resets.findUser(ports.db, digest);
  if (user === null) throw notGood();
  ports.passwordRules.check(newPassword, user.username, 'new_password');
  const passwordHash = await ports.passwords.hash(newPassword);
  await ports.db.transaction(async (tx) => {
    if (!(await ports.resets.use(tx, { digest, userId: user.id }))) throw notGood();
    await ports.users.setPasswordHash(tx, user.id, passwordHash);
    await endSessions(tx, ports, { userId: user.id }, 'password_reset');
    const { ip, requestId } = caller;
    await ports.audit.record(tx, { event: 'password_reset', actor: user.id, subject: user.id, ip, requestId });
  });
  await ports.feed.flush();
}

function notGood(): Problem {
  return new Problem('token_invalid', { detail: 'This reset token is unknown, used up or too old.' });
}
