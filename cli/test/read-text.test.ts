import { PassThrough } from 'node:stream';
import t from 'tap';
import { runCli } from '../src/run-cli.ts';

t.test('Ctrl-C ends the wait for standard input', async (t) => {
  for (const args of ['users import -', 'users create ada --password-file -', 'clients create reports --jwks -']) {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const stopping = new AbortController();
    const code = runCli(args.split(' '), { env: {}, stdin, stdout, stderr, signal: stopping.signal });
    setImmediate(() => stopping.abort());
    t.equal(await code, 130, args);
  }
});
