import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import { createPasswordReset, type PasswordResets } from './password-reset.ts';
import type { UserDirectory } from './user-directory.ts';

export interface IssuePasswordResetPorts {
  readonly db: Database;
  readonly userDirectory: UserDirectory;
  readonly resets: PasswordResets;
  readonly audit: Audit;
}

/** Makes a one-time token for setting a new password; the old password works until then. @returns `null` when there is no such user */
export async function issuePasswordReset(
  { db, userDirectory, resets, audit }: IssuePasswordResetPorts,
  userId: string,
  by: Administrator,
): Promise<{ resetToken: string; expiresAt: Date } | null> {
  return await db.transaction(async (tx) => {
    if ((await userDirectory.lock(tx, userId)) === null) return null;
    await audit.record(tx, { ...by, event: 'password_reset_issued', subject: userId });
    return await createPasswordReset(tx, resets, userId);
  });
}
