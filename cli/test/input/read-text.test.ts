import { PassThrough } from 'node:stream';
import t from 'tap';
import { readText } from '../../src/input/read-text.ts';
import { runCli } from '../../src/run-cli.ts';

t.test('Ctrl-C ends the wait for standard input', async (t) => {
  for (const args of ['users import -', 'users create ada --password-file -', 'clients create reports --jwks -']) {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const stopping = new AbortController();
    const code = runCli(args.split(' '), { env: {}, stdin, stdout, stderr, signal: stopping.signal });
    setImmediate(() => stopping.abort());
    t.equal(await code, 130, args);
  }
});

t.test('a short file is read whole, and a long one, such as standard input without an end, is refused', async (t) => {
  t.equal(await read('four', { isWhole: true }), 'four');
  await t.rejects(read('fives'), { name: 'Refusal', message: 'Standard input is longer than 4 bytes.' });
});

t.test('standard input that doesn’t end within a minute is refused', async (t) => {
  const limit = new AbortController();
  const limits = t.capture(AbortSignal, 'timeout', () => limit.signal);
  const reading = read('four');
  limit.abort();
  await t.rejects(reading, { name: 'Refusal', message: "Standard input can't be read: it did not end within 60 s." });
  t.strictSame(
    limits().map(({ args }) => args),
    [[60_000]],
  );
});

/** Reads at most four bytes of a standard input that has this text, and goes on unless it is whole. */
function read(text: string, { isWhole = false } = {}): Promise<string> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.write(text);
  if (isWhole) stdin.end();
  return readText({ env: {}, stdin, stdout, stderr, signal: new AbortController().signal }, '-', 4);
}
