import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { UserDirectory } from './user-directory.ts';

/**
 * There is always an administrator: the last one can't be disabled or deleted, or lose the role, not by anyone,
 * themselves included.
 *
 * @throws Problem `conflict`
 */
export async function keepAnAdministrator(tx: Database, userDirectory: UserDirectory, userId: string): Promise<void> {
  if (await userDirectory.hasOtherAdministrator(tx, userId)) return;
  throw new Problem('conflict', { detail: 'This is the last administrator. Make another one first.' });
}
