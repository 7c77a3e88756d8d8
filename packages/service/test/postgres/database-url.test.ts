import t from 'tap';
import { addressOf, parseDatabaseUrl } from '../../src/postgres/database-url.ts';

t.test('several hosts become a URL each, with the same credentials, database and options', async (t) => {
  t.strictSame(parseDatabaseUrl('postgres://u:p%2Cq@one:5432,two,three:5433/auth?sslmode=verify-full'), [
    'postgres://u:p%2Cq@one:5432/auth?sslmode=verify-full',
    'postgres://u:p%2Cq@two/auth?sslmode=verify-full',
    'postgres://u:p%2Cq@three:5433/auth?sslmode=verify-full',
  ]);
});

t.test('a password with an at sign and a comma is no list of hosts', async (t) => {
  t.strictSame(parseDatabaseUrl('postgresql://u:p@s,s@one/auth'), ['postgresql://u:p%40s,s@one/auth']);
});

const addresses = [
  ['postgres://one/auth', 'one', 5432],
  ['postgres://u@one:5433/auth', 'one', 5433],
  ['postgres://u@[::1]/auth', '::1', 5432],
  ['postgres://u@[fd00::2]:5433/auth', 'fd00::2', 5433],
] as const;
for (const [url, host, port] of addresses)
  t.test(`the address of ${url}`, async (t) => t.strictSame(addressOf(parseDatabaseUrl(url)[0]), { host, port }));

const refused = [
  ['mysql://u:hunter2@h/auth', /must start with postgres/],
  ['auth', /must start with postgres/],
  ['postgres:///auth', /must name a host/],
  ['postgres://u:hunter2@one,/auth', /must name a host/],
  ['postgres://u:hunter2@one,:5432/auth', /must name a host/],
  ['postgres://u:hunter2@one,two:many/auth', /must have the form/],
  ['postgres://u:hunter2@one:99999/auth', /must have the form/],
  ['postgres://u:100%hunter2@one/auth', /has a %/],
  ['postgres://u:hunter2@one,t%wo/auth', /has a %/],
  ['postgres://u:hunter2@one,two', /must name a database/],
  ['postgres://u:hunter2@one/', /must name a database/],
  ['postgres://u:hunter2@one,two/auth?target_session_attrs=any', /must lead to a server that accepts writes/],
  ['postgres://u:hunter2@one,two/auth?target_session_attrs=prefer-standby', /must lead to a server that accepts writes/],
] as const;
for (const [url, sentence] of refused) {
  t.test(`refused, without showing a password: ${url}`, async (t) => {
    const { message } = t.throws(() => parseDatabaseUrl(url)) as Error;
    t.match(message, sentence);
    t.notMatch(message, 'hunter2');
  });
}
