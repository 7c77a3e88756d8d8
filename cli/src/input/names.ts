import { UsageError } from '../failures.ts';

/** Names such as scopes in one argument, separated by commas or blanks; each once. */
export function splitNames(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((name) => name !== ''))];
}

/**
 * The names that a command sets in place of all others; none at all only with `--none`.
 *
 * @param what - names them, in the words of the command's help
 */
export function namesOrNone(command: string, what: string, given: readonly string[], none: boolean): string[] {
  const names = splitNames(given.join(' '));
  if (names.length === 0 && !none) throw new UsageError(`${command}: name the ${what}, or use --none.`);
  if (names.length > 0 && none) throw new UsageError(`${command}: both ${what} and --none: use one of them.`);
  return names;
}
