import { PassThrough } from 'node:stream';
import t from 'tap';
import { readNewPassword } from '../../src/input/new-password.ts';

/** The password of a standard input that has this text. */
function read(text: string): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(text);
  return readNewPassword({ env: {}, stdin, stdout, stderr, signal: new AbortController().signal }, '-');
}

t.test('the line end with which editors end a file is no part of the password; all else is', async (t) => {
  for (const end of ['', '\n', '\r\n']) t.equal(await read(` two words ${end}`), ' two words ');
  t.equal(await read('word\n\n'), 'word\n');
  t.equal(await read('word\r'), 'word\r');
});

t.test('a file that is too long for a password is refused, as a wrong one would be', async (t) => {
  const longest = 'x'.repeat(4096);
  t.equal(await read(longest), longest);
  await t.rejects(read(`${longest}x`), { name: 'Refusal', message: 'Standard input is longer than 4096 bytes.' });
});
