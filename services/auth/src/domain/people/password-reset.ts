import type { Database } from '@countersign/service';
import { createSecret, digestSecret } from '../random-secret.ts';

export interface PasswordResets {
  /** @returns when it expires */
  insert(tx: Database, reset: { digest: Buffer; userId: string; lifeSeconds: number }): Promise<Date>;
  /** The token's user, unless the token is unknown, used up or expired, or the user is disabled. */
  findUser(db: Database, digest: Buffer): Promise<{ id: string; username: string } | null>;
  /** Uses up the token and all others of its user. @returns `false` when it was used already or has expired */
  use(tx: Database, reset: { digest: Buffer; userId: string }): Promise<boolean>;
  forget(tx: Database, userId: string): Promise<void>;
}

const LIFE_SECONDS = 3600;
export const RESET_TOKEN_PREFIX = 'cs_pr_';

/**
 * Makes a one-time token for setting a new password. The administrator who hands it over learns no password by it. It replaces any earlier
 * one, which may have gone to somebody else.
 */
export async function createPasswordReset(
  tx: Database,
  resets: PasswordResets,
  userId: string,
): Promise<{ resetToken: string; expiresAt: Date }> {
  await resets.forget(tx, userId);
  const resetToken = createSecret(RESET_TOKEN_PREFIX);
  const expiresAt = await resets.insert(tx, { digest: digestSecret(resetToken), userId, lifeSeconds: LIFE_SECONDS });
  return { resetToken, expiresAt };
}
