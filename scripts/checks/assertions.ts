import { posix } from 'node:path';
import type { SourceFiles } from './source-files.ts';

/** Methods of tap's `t` that prove nothing by themselves. */
const PROVES_NOTHING = 'test|teardown|before|after|beforeEach|afterEach|plan|end|skip|todo|comment|setTimeout|bailout|context|pass|testdir';
/** A method of `t` that asserts, or a property of fast-check. */
const ASSERTION = new RegExp(`\\bt\\.(?!(?:${PROVES_NOTHING})\\b)[a-zA-Z]+\\(|\\bfc\\.assert\\(`);

/** tap passes a test file that asserts nothing. A file may leave its assertions to a contract in a neighboring file. */
export function checkAssertions(files: SourceFiles): string[] {
  const tests = [...files].filter(([path]) => path.endsWith('.test.ts'));
  return tests
    .filter(([path, text]) => ![text, ...neighbours(files, path, text)].some((source) => ASSERTION.test(source)))
    .map(([path]) => `${path}: a test file without an assertion proves nothing`);
}

function neighbours(files: SourceFiles, path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier = '']) => posix.join(posix.dirname(path), specifier));
  return specifiers.filter((target) => /(^|\/)test\//.test(target)).map((target) => files.get(target) ?? '');
}
