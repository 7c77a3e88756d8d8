import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { UserDirectory } from './user-directory.ts';

/**
 * Call before a user stops being an administrator, whether disabled, deleted or without the role: another one must remain, so that somebody
 * can always administer. It doesn't matter who asks.
 *
 * @throws Problem `conflict` when this is the last one
 */
export async function requireOtherAdministrator(tx: Database, userDirectory: UserDirectory, userId: string): Promise<void> {
  if (await userDirectory.hasOtherAdministrator(tx, userId)) return;
  throw new Problem('conflict', { detail: 'This is the last administrator. Make another one first.' });
}
