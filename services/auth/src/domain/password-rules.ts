import { Problem } from '@countersign/problems';
import { isCommonPassword } from './common-passwords.ts';

export const PASSWORD_MIN_CHARACTERS = 8;
export const PASSWORD_MAX_CHARACTERS = 128;

/** Names of this product and of what it runs, which somebody who attacks it would try first (ASVS 6.1.2, 6.2.11). */
const DEPLOYMENT_WORDS = ['countersign'];

/**
 * What a new password must be: 8 to 128 Unicode code points, any of them, and not among those that are tried first.
 * No composition rules; nothing is trimmed, folded or cut (NIST SP 800-63B; ASVS 6.2).
 *
 * @throws Problem `validation_failed` that names what is wrong
 */
export function checkNewPassword(password: string, username: string, field = 'password'): void {
  const fault = findPasswordFault(password, username);
  if (fault === null) return;
  throw new Problem('validation_failed', { detail: `The password ${fault}.`, errors: [{ path: `body/${field}`, message: fault }] });
}

/** What is wrong with it, as the end of a sentence; `null` when nothing is. */
export function findPasswordFault(password: string, username: string): string | null {
  const characters = [...password].length;
  if (characters < PASSWORD_MIN_CHARACTERS) return `must have at least ${PASSWORD_MIN_CHARACTERS} characters`;
  if (characters > PASSWORD_MAX_CHARACTERS) return `must have at most ${PASSWORD_MAX_CHARACTERS} characters`;
  const folded = password.toLowerCase();
  if (isCommonPassword(password)) return 'is among the most common ones, which are tried first';
  if (folded === username.toLowerCase()) return 'must not be the username';
  if (DEPLOYMENT_WORDS.some((word) => folded.replace(/[^a-z]/g, '') === word)) return 'must not be the name of this service';
  return null;
}
