import t from 'tap';
import { isLockTimeout } from '../src/index.ts';

t.test('a lock that was not to be had in time is known however often its error was wrapped, and no other error is', async (t) => {
  const wrap = (cause: unknown) => new Error('Failed query', { cause });
  for (const [code, expected] of [
    ['55P03', true],
    ['57014', false],
  ] as const) {
    const error = Object.assign(new Error('canceling statement'), { code });
    for (const thrown of [error, wrap(error), wrap(wrap(error))]) t.equal(isLockTimeout(thrown), expected);
  }
});
