import { createRequire } from 'node:module';

let common: ReadonlySet<string> | null = null;

/** Whether it is among the tens of thousands of passwords most often found in leaks. The list, in lower case, is loaded on first use. */
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

/** `00000000`, `123123123`, `87654321`: most of these are not in the list, since zxcvbn recognizes them by their form. */
function isShortPattern(lower: string): boolean {
  if (lower.length > LONGEST_PATTERN || !/^[a-z0-9]+$/.test(lower)) return false;
  const repeats = PERIODS.some((period) => 2 * period <= lower.length && lower.startsWith(lower.slice(period)));
  return repeats || RUNS.some((run) => run.includes(lower));
}
