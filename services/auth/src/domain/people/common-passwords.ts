import { createRequire } from 'node:module';

let common: ReadonlySet<string> | null = null;

/** Is it among the tens of thousands of passwords that leaks have shown most often? The list, all in lower case, is read at the first question. */
export function isCommonPassword(password: string): boolean {
  common ??= loadList();
  const lower = password.toLowerCase();
  return common.has(lower) || isShortPattern(lower);
}

function loadList(): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].map((password) => String(password).toLowerCase()));
}

const LONGEST_PATTERN = 12;
const PERIODS = [1, 2, 3, 4, 5];
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '01234567890'].flatMap((run) => [run, [...run].reverse().join('')]);

/** `00000000`, `123123123`, `87654321`: most of these are not in the list, since zxcvbn knows them by their form. */
function isShortPattern(lower: string): boolean {
  if (lower.length > LONGEST_PATTERN || !/^[a-z0-9]+$/.test(lower)) return false;
  const repeats = PERIODS.some((period) => 2 * period <= lower.length && lower.startsWith(lower.slice(period)));
  return repeats || RUNS.some((run) => run.includes(lower));
}
