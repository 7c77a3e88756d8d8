import t from 'tap';
import { parseRedisUrl } from '../../src/redis/redis-url.ts';

const noLogin = { username: null, password: null };
const plain = { kind: 'single', tls: false, nodes: [{ host: 'cache', port: 6379 }], ...noLogin, db: 0 };

const taken: readonly [string, object][] = [
  ['redis://cache', plain],
  ['redis://cache:6379/', plain],
  ['redis://cache:6380/2', { ...plain, nodes: [{ host: 'cache', port: 6380 }], db: 2 }],
  ['rediss://app:p%40ss%2F@cache', { ...plain, tls: true, username: 'app', password: 'p@ss/' }],
  ['redis://:secret@cache', { ...plain, password: 'secret' }],
  ['redis://app:@cache', { ...plain, username: 'app', password: null }],
  ['redis://[::1]:6379', { ...plain, nodes: [{ host: '::1', port: 6379 }] }],
  [
    'redis+sentinel://app:s@s1:26379,s2/mymaster/3',
    {
      kind: 'sentinel',
      tls: false,
      nodes: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_379 },
      ],
      username: 'app',
      password: 's',
      db: 3,
      master: 'mymaster',
      sentinels: noLogin,
    },
  ],
  ['redis+sentinel://:s@s1/mymaster?sentinels=:p%26q', { password: 's', sentinels: { username: null, password: 'p&q' } }],
  ['redis+sentinel://s1/mymaster?sentinels=app:p', { ...noLogin, sentinels: { username: 'app', password: 'p' } }],
  ['redis+sentinel://s1/my%20master', { master: 'my master' }],
  ['rediss+sentinel://s1/mymaster', { kind: 'sentinel', tls: true, master: 'mymaster' }],
  [
    'redis+cluster://n1:7000,n2:7001',
    {
      ...plain,
      kind: 'cluster',
      nodes: [
        { host: 'n1', port: 7000 },
        { host: 'n2', port: 7001 },
      ],
    },
  ],
  ['rediss+cluster://app:s@n1', { kind: 'cluster', tls: true, username: 'app' }],
];
for (const [url, target] of taken) t.test(`taken: ${url}`, async (t) => t.match(parseRedisUrl(url), target));

const refused: readonly [string, RegExp][] = [
  ['', /must have one of the forms/],
  ['http://cache', /must have one of the forms/],
  ['redis:cache', /must have one of the forms/],
  ['redis+ring://cache', /must have one of the forms/],
  ['redis://cache?db=1', /no option but \?sentinels=user:password/],
  ['redis://cache?sentinels=:p', /no option but \?sentinels=user:password/],
  ['redis+sentinel://s1/mymaster?sentinels=p', /must give the password as/],
  ['redis+sentinel://s1/mymaster?sentinels=', /no option but \?sentinels=user:password/],
  ['redis+sentinel://s1/mymaster?password=:p', /no option but \?sentinels=user:password/],
  ['redis://', /must name its hosts/],
  ['redis://a b', /must name its hosts/],
  ['redis://a,b', /names several hosts/],
  ['redis+cluster://a,,b', /must name its hosts/],
  ['redis://cache:0', /port that is not from 1 to 65535/],
  ['redis://cache:65536', /port that is not from 1 to 65535/],
  ['redis://secret@cache', /must give the password as/],
  ['redis://:100%@cache', /write % as %25/],
  ['redis://cache/one', /number of a database/],
  ['redis://cache/1/2', /number of a database/],
  ['redis+sentinel://s1', /must name the master/],
  ['redis+sentinel://s1/mymaster/x', /number of a database/],
  ['redis+cluster://n1/1', /only database 0/],
];
for (const [url, words] of refused)
  t.test(`refused, in words: ${url}`, async (t) => t.throws(() => parseRedisUrl(url), { message: words }));
