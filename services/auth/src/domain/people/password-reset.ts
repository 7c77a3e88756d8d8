import type { Database } from '@countersign/service';
import { createSecret, digestSecret } from '../random-secret.ts';

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

const LIFE_SECONDS = 3600;
export const RESET_TOKEN_PREFIX = 'cs_pr_';

/**
 * Makes a one-time token by which a user can set a new password. The administrator who makes it hands it over and
 * learns no password by it. It takes the place of a former one, which may have gone to somebody else.
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
