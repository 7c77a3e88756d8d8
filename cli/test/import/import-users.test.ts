import { PassThrough } from 'node:stream';
import { freePort } from '@countersign/testing';
import t from 'tap';
import { runCli } from '../../src/run-cli.ts';

/** Imports this text where no auth is to be asked, and shows the progress as at a terminal. */
async function importAtTerminal(input: string) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
  stdin.end(input);
  const env = { COUNTERSIGN_URL: `http://127.0.0.1:${await freePort()}`, COUNTERSIGN_USERNAME: 'chief', COUNTERSIGN_PASSWORD: 'x' };
  const io = { env, stdin, stdout, stderr: Object.assign(stderr, { isTTY: true }), signal: new AbortController().signal };
  const code = await runCli(['users', 'import', '-'], io);
  return { code, stdout: String(stdout.read()), stderr: String(stderr.read()) };
}

t.test('lines of which none is a user are refused without a sign-in, and no progress is left beside the report', async (t) => {
  t.strictSame(await importAtTerminal('username,password_hash\nada\nbob,h,x\n'), {
    code: 1,
    stdout: [
      'LINE  REASON',
      '2     the line has 1 cells, the header 2',
      '3     the line has 3 cells, the header 2',
      '0 imported, 2 refused.\n',
    ].join('\n'),
    stderr: '\r\u001b[Kline 3: 0 imported, 2 refused\r\u001b[K',
  });
  t.match(await importAtTerminal('username,password_hash\nada,h\n'), { code: 1, stderr: /can't be reached/ });
});
