import t from 'tap';
import { createServer } from '../src/http/server.ts';
import { loggableError, loggablePath } from '../src/log.ts';
import { DatabaseUnavailable } from '../src/postgres/database-unavailable.ts';
import { RedisUnavailable } from '../src/redis/redis-unavailable.ts';

const RANDOM = 'a'.repeat(49);

for (const secret of [
  `cs_rt_${RANDOM}`,
  `cs_cs_${RANDOM}`,
  `cs_pr_${RANDOM}`,
  'eyJhbGciOiJFZERTQSJ9.e30.c2ln',
  'pbkdf2:sha256:1$salt$hash',
  'scrypt:32768:8:1$salt$hash',
  '$argon2id$v=19$m=19456,t=2,p=1$salt$hash',
  `$2b$12$${RANDOM}`,
]) {
  t.test(`${secret.slice(0, 6)}… is removed from a path and from an error's sentence`, async (t) => {
    t.equal(loggablePath(`/things/${secret}`), '/things/[removed]');
    t.equal(loggableError(new Error(`about ${secret}`)).message, 'about [removed]');
    t.equal(loggableError(`about ${secret}`).message, 'about [removed]', 'also of what is thrown and no error');
    t.equal(loggablePath('/things/1'), '/things/1');
  });
}

t.test('of an error its code, its causes and where it happened are logged, however they are linked, and its sentence once', async (t) => {
  const error: Error & { code?: string } = new Error('one sentence');
  Object.assign(error, { code: 'EFAULT', cause: error });
  const logged = loggableError(error);
  t.match(logged, { type: 'Error', message: /^one sentence$/, code: /^EFAULT$/, cause: { cause: { cause: { cause: {} } } } });
  t.match(logged.stack, /^ {4}at /);
  t.notMatch(logged.stack, /one sentence/);
});

t.test(
  'of what is down its causes are logged without stacks: the same ones for every request would push all else out of the log',
  async (t) => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' });
    const late = new DOMException('Redis did not answer within 2000 ms', 'TimeoutError');
    const unavailable = [
      new DatabaseUnavailable('The database has been silent for 3000 ms.'),
      new RedisUnavailable('Redis cannot be reached'),
    ];
    for (const cause of [refused, late, ...unavailable]) {
      const logged = loggableError(new Error('Failed query: select 1', { cause }));
      t.match(logged, { message: 'Failed query: select 1', stack: /^$/, cause: { message: cause.message, stack: /^$/ } });
    }
  },
);

t.test('the placeholders of a statement stay: the second one begins like a hash of bcrypt', async (t) => {
  const statement = 'Failed query: select "id" from "books" where ("author" = $1 and "title" = $2) limit $22';
  t.equal(loggableError(new Error(statement)).message, statement);
  for (const hash of ['$2$10$salt', '$2a$10$salt', '$2x$10$salt', '$2y$10$salt'])
    t.equal(loggableError(new Error(hash)).message, '[removed]');
});

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
