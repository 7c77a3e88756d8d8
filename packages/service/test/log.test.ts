import t from 'tap';
import { createServer } from '../src/http/server.ts';
import { loggableError, loggablePath } from '../src/log.ts';

const RANDOM = 'a'.repeat(49);

for (const secret of [
  `cs_rt_${RANDOM}`,
  `cs_cs_${RANDOM}`,
  `cs_pr_${RANDOM}`,
  'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  'pbkdf2:sha256:1$salt$hash',
]) {
  t.test(`${secret.slice(0, 6)}… is removed from a path and from an error's sentence`, async (t) => {
    t.equal(loggablePath(`/things/${secret}`), '/things/[removed]');
    t.equal(loggableError(new Error(`about ${secret}`)).message, 'about [removed]');
    t.equal(loggablePath('/things/1'), '/things/1');
  });
}

t.test('a text of beginnings of tokens costs no more than its length', async (t) => {
  const text = 'eyJ'.repeat(30_000);
  const { user: began } = process.cpuUsage();
  t.equal(loggablePath(`/${text}`), '/[removed]');
  t.equal(loggableError(new Error(text)).message, '[removed]');
  t.ok(process.cpuUsage().user - began < 1_000_000, 'each beginning read to the end would take many seconds');
});

t.test('what is logged under the name of a secret is redacted, at the top and one level below', async (t) => {
  const names = [
    'password',
    'password_hash',
    'current_password',
    'new_password',
    'token',
    'access_token',
    'refresh_token',
    'reset_token',
    'client_secret',
    'client_assertion',
    'subject_token',
    'actor_token',
    'authorization',
    'cookie',
    'set-cookie',
  ];
  const lines: string[] = [];
  const { log } = createServer({ logLevel: 'info', trustProxy: [], logStream: { write: (line) => lines.push(line) } });
  for (const name of names) {
    lines.length = 0;
    log.info({ [name]: 'hush', body: { [name]: 'hush' }, username: 'ada' }, 'logged by mistake');
    t.match(lines.join(''), /"username":"ada"/, name);
    t.notMatch(lines.join(''), /hush/, name);
  }
});

t.test('what is logged beside a secret stays as it is', async (t) => {
  const lines: string[] = [];
  const { log } = createServer({ logLevel: 'info', trustProxy: [], logStream: { write: (line) => lines.push(line) } });
  log.info({ password: 'hush', list: ['a'], none: null, body: { token: 'hush', id: 1 }, err: new TypeError('odd') }, 'logged');
  t.match(JSON.parse(lines.join('')), { list: ['a'], none: null, body: { id: 1 }, err: { type: 'TypeError', message: 'odd' } });
});
