import { PassThrough } from 'node:stream';
import t from 'tap';
import { getSignIn } from '../src/sign-in.ts';

const ADMIN = { username: 'admin', password: 'of the local stack' };

interface Given {
  readonly username?: string;
  readonly password?: string;
}

const signInAt = (auth: string, given?: Given) => signInBy(JSON.stringify({ auth, users: { admin: ADMIN } }), given);

/** @param file - what is at the place of the file that `npm start` writes: a text, or a folder */
function signInBy(file: string | Record<string, string>, given: Given = {}) {
  const dataDir = t.testdir({ 'local.json': file });
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = { env: {}, stdin, stdout, stderr, signal: new AbortController().signal };
  return getSignIn({ url: null, username: null, password: null, dataDir, ...given }, io);
}

t.test('the password of the local stack is sent to this machine only, whatever address its file has', async (t) => {
  for (const auth of ['http://localhost:4001', 'http://127.0.0.1:4001', 'http://[::1]:4001'])
    t.strictSame(await signInAt(auth), { origin: auth, ...ADMIN });
  for (const auth of ['http://auth.example', 'http://localhost.example', 'http://127.0.0.1@auth.example', 'localhost', ''])
    await t.rejects(signInAt(auth), { name: 'Refusal', message: /is not a file that npm start wrote/ }, auth);
});

t.test('who is named signs in, and never the administrator of the local stack instead', async (t) => {
  const origin = 'http://localhost:4001';
  const other = { username: 'other', password: 'of another' };
  t.strictSame(await signInAt(origin, other), { origin, ...other });
  await t.rejects(signInAt(origin, { username: 'other' }), { name: 'Refusal', message: /^COUNTERSIGN_PASSWORD is not set/ });
  await t.rejects(signInAt(origin, { password: 'of another' }), { name: 'Refusal', message: /^COUNTERSIGN_USERNAME is not set/ });
});

t.test('a file of the local stack that can’t be read, or isn’t JSON, is told in words', async (t) => {
  await t.rejects(signInBy({}), { name: 'Refusal', message: /local\.json can't be read: EISDIR\.$/ });
  await t.rejects(signInBy('{"auth":'), { name: 'Refusal', message: /is not a file that npm start wrote/ });
});
