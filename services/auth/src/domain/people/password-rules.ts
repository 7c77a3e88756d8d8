import { Problem } from '@countersign/problems';
import { isCommonPassword } from './common-passwords.ts';

const PASSWORD_MIN_CHARACTERS = 8;
const PASSWORD_MAX_CHARACTERS = 128;

/**
 * New passwords have 8 to 128 Unicode code points, any of them, and are not among the first guesses. No composition rules; nothing is
 * trimmed, folded or cut (NIST SP 800-63B; ASVS 6.2).
 */
export interface PasswordRules {
  /** @throws Problem `validation_failed` that names what is wrong */
  check(password: string, username: string, field?: string): void;
  /** What is wrong with it, as the end of a sentence; `null` if nothing is. */
  findFault(password: string, username: string): string | null;
}

/** The name of this product, which an attacker would try first. */
const OWN_WORDS = ['countersign'];

/** @param denyWords - names of this deployment (brand, product, system), refused as passwords even with digits or symbols added */
export function createPasswordRules(denyWords: readonly string[] = []): PasswordRules {
  const denied = [...OWN_WORDS, ...denyWords].map(lettersOf).toSorted((a, b) => b.length - a.length);

  function findFault(password: string, username: string): string | null {
    const characters = [...password].length;
    if (characters < PASSWORD_MIN_CHARACTERS) return `must have at least ${PASSWORD_MIN_CHARACTERS} characters`;
    if (characters > PASSWORD_MAX_CHARACTERS) return `must have at most ${PASSWORD_MAX_CHARACTERS} characters`;
    if (isCommonPassword(password)) return 'is among the most common passwords, which attackers try first';
    if (password.toLowerCase() === username.toLowerCase()) return 'must not be the username';
    if (consistsOf(denied, password)) return 'must not be the name of this service';
    return null;
  }

  return {
    findFault,
    check(password, username, field = 'password') {
      const fault = findFault(password, username);
      if (fault === null) return;
      throw new Problem('validation_failed', { detail: `The password ${fault}.`, errors: [{ path: `body/${field}`, message: fault }] });
    },
  };
}

/** @param words - from `lettersOf`, the longest first */
function consistsOf(words: readonly string[], password: string): boolean {
  const letters = lettersOf(password);
  return letters !== '' && words.reduce((rest, word) => rest.replaceAll(word, ''), letters) === '';
}

/** Digits and signs around a word make it no harder to guess. */
export function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}]/gu, '');
}
