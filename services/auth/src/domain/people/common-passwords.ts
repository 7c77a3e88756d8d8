import { createRequire } from 'node:module';

let common: ReadonlySet<string> | null = null;

/** Is it among the tens of thousands of passwords that leaks have shown most often? The list, all in lower case, is read at the first question. */
export function isCommonPassword(password: string): boolean {
  common ??= loadList();
  return common.has(password.toLowerCase());
}

function loadList(): ReadonlySet<string> {
  const { dictionary } = createRequire(import.meta.url)('@zxcvbn-ts/language-common') as typeof import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].map((password) => String(password).toLowerCase()));
}
