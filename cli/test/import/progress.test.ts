import { PassThrough } from 'node:stream';
import t from 'tap';
import { createProgress } from '../../src/import/progress.ts';

/** What is written while so many things are told. */
function written(isTTY: boolean, texts: readonly string[]): string {
  const stderr = Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY });
  const progress = createProgress(stderr);
  for (const text of texts) progress.tell(text);
  progress.end();
  return String(stderr.read() ?? '');
}

const texts = Array.from({ length: 21 }, (_, index) => `line ${index + 1}`);

t.test('at a terminal each text takes the place of the one before, and of the last nothing is left', async (t) => {
  t.equal(written(true, texts.slice(0, 2)), '\r\u001b[Kline 1\r\u001b[Kline 2\r\u001b[K');
  t.equal(written(true, []), '');
});

t.test('elsewhere every tenth is a line', async (t) => {
  t.equal(written(false, texts), 'line 10\nline 20\n');
});
