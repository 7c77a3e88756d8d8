import { PassThrough } from 'node:stream';
import t from 'tap';
import { findSignIn } from '../src/sign-in.ts';

const ADMIN = { username: 'admin', password: 'of the local stack' };

t.test('the password of the local stack is sent to this machine only, whatever address its file has', async (t) => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { env: {}, stdin, stdout, stderr, signal: new AbortController().signal };
  const signInAt = (auth: string) => {
    const dataDir = t.testdir({ 'local.json': JSON.stringify({ auth, users: { admin: ADMIN } }) });
    return findSignIn({ url: null, username: null, password: null, dataDir }, io);
  };
  for (const auth of ['http://localhost:4001', 'http://127.0.0.1:4001', 'http://[::1]:4001'])
    t.strictSame(await signInAt(auth), { origin: auth, ...ADMIN });
  for (const auth of ['http://auth.example', 'http://localhost.example', 'http://127.0.0.1@auth.example', 'localhost', ''])
    await t.rejects(signInAt(auth), { name: 'Refusal', message: /is not a file that npm start wrote/ }, auth);
});
