import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ConfigError, loadConfig, type Settings, setting, settingsTable } from '../../src/process.ts';

const settings = {
  port: setting.integer('PORT', { describe: 'Port.', min: 0, max: 65_535, fallback: '4001' }),
  issuer: setting.issuer('ISSUER', { describe: 'Who signs.' }),
  key: setting.key('KEY', { describe: 'A key.' }),
  username: setting.optional(setting.string('ADMIN_USERNAME', { describe: 'First admin.' })),
};
const key = Buffer.alloc(32, 7).toString('base64');
const good = { ISSUER: 'http://localhost:8080', KEY: key };

t.test('a whole environment becomes typed values, with the defaults of what is not set', async (t) => {
  t.strictSame(loadConfig(settings, good), { port: 4001, issuer: 'http://localhost:8080', key: Buffer.alloc(32, 7), username: null });
});

t.test('every fault is listed at once, each with the name of its variable', async (t) => {
  const faults = faultsOf(settings, { PORT: '70000', KEY: 'short' });
  t.equal(faults.length, 3);
  t.match(faults[0], /^PORT must be a whole number from 0 to 65535, not "70000"/);
  t.match(faults[1], /^ISSUER is required: Who signs\./);
  t.match(faults[2], /^KEY must be 32 bytes in base64/);
});

t.test('a fault names the document that the table links', async (t) => {
  const linked = { url: setting.string('URL', { describe: 'One of [these forms](operations.md#redis).' }) };
  t.strictSame(faultsOf(linked, {}), ['URL is required: One of these forms (docs/operations.md#redis).']);
});

t.test('a form of its own is read by a parser of its own, whose refusal is a fault as any other', async (t) => {
  const even = (text: string) => {
    if (Number(text) % 2 !== 0) throw new Error('must be even');
    return Number(text);
  };
  const count = { count: setting.parsed('COUNT', { describe: 'A count.', parse: even, fallback: '2' }) };
  t.strictSame(loadConfig(count, {}), { count: 2 });
  t.strictSame(loadConfig(count, { COUNT: '4' }), { count: 4 });
  t.strictSame(faultsOf(count, { COUNT: '5' }), ['COUNT must be even']);
});

t.test('an integer is digits alone, within its bounds', async (t) => {
  const count = { count: setting.integer('COUNT', { describe: 'A count.', min: 1, max: 3600 }) };
  for (const text of ['1', '60', '3600']) t.equal(loadConfig(count, { COUNT: text }).count, Number(text));
  for (const text of ['0', '3601', '-1', '1.0', '1e3', '0x10', ' 1', 'NaN', 'many'])
    t.strictSame(faultsOf(count, { COUNT: text }), [`COUNT must be a whole number from 1 to 3600, not ${JSON.stringify(text)}`]);
});

t.test('a key is 32 bytes in base64, in no other spelling, and with or without the padding', async (t) => {
  const bytes = Buffer.alloc(32, 0xfb);
  const text = bytes.toString('base64');
  for (const KEY of [text, text.replace('=', '')]) t.strictSame(loadConfig(settings, { ...good, KEY }).key, bytes);
  const others = [
    bytes.subarray(1).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    bytes.toString('base64url'),
    `${text}AAAA`,
    `${text} `,
  ];
  for (const KEY of others) t.match(faultsOf(settings, { ...good, KEY }), [/^KEY must be 32 bytes in base64/], KEY);
});

t.test('of a list a fault names every part that is wrong, and no other', async (t) => {
  for (const [kind, text, fault] of [
    [
      setting.uris('V', { describe: '' }),
      'api, urn:xy:z,books',
      'URNs (urn:…) or URLs (https://…), separated by commas, not "api", "books"',
    ],
    [setting.origins('V', { describe: '' }), 'app,http://a,*', 'origins like https://app.example.com, separated by commas, not "app", "*"'],
    [setting.addresses('V', { describe: '' }), '::1,h,1/8', 'IP addresses or CIDRs like 10.0.0.0/8, separated by commas, not "h", "1/8"'],
    [setting.choices('V', { describe: '', choices: ['a', 'b'] }), 'A,b,c', 'some of a, b, separated by commas, not "A", "c"'],
  ] as const)
    t.strictSame(faultsOf({ value: kind }, { V: text }), [`V must be ${fault}`]);
});

t.test('of a long value a fault shows the beginning', async (t) => {
  const [fault = ''] = faultsOf(settings, { ...good, PORT: 'x'.repeat(1000) });
  t.match(fault, /not "x{40}…"$/);
});

t.test('a decimal is digits with or without a point, within its bounds', async (t) => {
  const days = { days: setting.decimal('DAYS', { describe: 'Days.', min: 0.0001, max: 3650 }) };
  for (const text of ['0.0001', '0.5', '30', '30.0', '3650']) t.equal(loadConfig(days, { DAYS: text }).days, Number(text));
  for (const text of ['0', '0.00001', '3650.1', '-1', '1e3', '.5', '5.', '0x10', ' 1', 'NaN', 'Infinity', '1,5', 'many']) {
    t.strictSame(faultsOf(days, { DAYS: text }), [`DAYS must be a number from 0.0001 to 3650, not ${JSON.stringify(text)}`]);
  }
});

t.test('no fault shows the value of a secret, nor an address that may hold one', async (t) => {
  const secrets = {
    ...settings,
    url: setting.postgresUrl('DATABASE_URL', { describe: 'Postgres.' }),
    redis: setting.redisUrl('REDIS_URL', { describe: 'Redis.' }),
    books: setting.url('BOOKS_URL', { describe: 'Books.', protocols: ['https:'] }),
    files: setting.url('FILES_URL', { describe: 'Files.', protocols: ['https:'] }),
    site: setting.origin('SITE', { describe: 'Site.' }),
    pages: setting.origins('PAGES', { describe: 'Pages.' }),
  };
  const faults = faultsOf(secrets, {
    ...good,
    KEY: 'hunter2',
    DATABASE_URL: 'mysql://u:hunter2@h/d',
    REDIS_URL: 'redis://u:hunter2@h:99999',
    BOOKS_URL: 'https://u:hunter2@h:99999',
    FILES_URL: 'ftp://u:hunter2@h',
    SITE: 'https://u:hunter2@h',
    PAGES: 'https://h,u:hunter2@h',
  });
  t.equal(faults.length, 7);
  t.notMatch(faults.join(), /hunter2/);
});

t.test('an empty variable counts as not set', async (t) => {
  t.match(loadConfig(settings, { ...good, PORT: '', ADMIN_USERNAME: '' }), { port: 4001, username: null });
  t.match(faultsOf(settings, { ...good, ISSUER: '' }), [/^ISSUER is required/]);
  t.match(loadConfig(settings, { ...good, KEY_FILE: '' }), { key: Buffer.alloc(32, 7) });
});

t.test('a setting that belongs to another is required where that one is set, however it is set', async (t) => {
  const pair = {
    name: setting.optional(setting.string('NAME', { describe: 'A name.' }), { requiredWith: 'SECRET' }),
    secret: setting.optional(setting.string('SECRET', { describe: 'A secret.', secret: true }), { requiredWith: 'NAME' }),
  };
  const file = join(t.testdir(), 'secret');
  writeFileSync(file, 'hush');
  t.strictSame(loadConfig(pair, { NAME: '' }), { name: null, secret: null });
  t.strictSame(loadConfig(pair, { NAME_FILE: file }), { name: null, secret: null }, 'what is no secret is not set by a file');
  t.strictSame(loadConfig(pair, { NAME: 'n', SECRET_FILE: file }), { name: 'n', secret: 'hush' });
  t.strictSame(faultsOf(pair, { NAME: 'n' }), ['SECRET is required with NAME: A secret.']);
  t.strictSame(faultsOf(pair, { SECRET: 's' }), ['NAME is required with SECRET: A name.']);
  t.strictSame(faultsOf(pair, { SECRET_FILE: file }), ['NAME is required with SECRET: A name.']);
  t.match(settingsTable(pair), '| `NAME` | A name. | | none; required with `SECRET` | |');
});

t.test('a secret may come from a file, but not from two places', async (t) => {
  const file = join(t.testdir(), 'key');
  writeFileSync(file, `${key}\n`);
  t.strictSame(loadConfig(settings, { ISSUER: good.ISSUER, KEY_FILE: file }).key, Buffer.alloc(32, 7));
  t.match(faultsOf(settings, { ...good, KEY_FILE: file }), [/^KEY and KEY_FILE are both set/]);
  t.match(faultsOf(settings, { ISSUER: good.ISSUER, KEY_FILE: `${file}-not-there` }), [/^KEY cannot be read from KEY_FILE: ENOENT/]);
  t.match(faultsOf(settings, { KEY: key, ISSUER_FILE: file }), [/^ISSUER is required/], 'what is no secret is not read from a file');
});

t.test('the empty file of a secret that may be missing is a fault', async (t) => {
  const file = join(t.testdir({ key: '\n' }), 'key');
  const optional = { key: setting.optional(setting.key('KEY', { describe: 'A key.' })) };
  t.strictSame(loadConfig(optional, {}), { key: null });
  t.match(faultsOf(optional, { KEY_FILE: file }), [/^KEY must be 32 bytes/]);
});

const one = <S extends Settings[string]>(value: S) => ({ value });
const taken = [
  [setting.issuer('V', { describe: '' }), ['https://auth.example.com', 'http://localhost:8080']],
  [setting.url('V', { describe: '', protocols: ['https:', 'http:'] }), ['https://example.com/keys', 'http://localhost:8080']],
  [
    setting.uris('V', { describe: '' }),
    ['urn:countersign:api', 'urn:countersign:api, https://example.com/books', ',urn:countersign:api,,'],
  ],
  [setting.origins('V', { describe: '' }), ['https://app.example.com', 'http://localhost:3000,https://app.example.com']],
  [setting.origin('V', { describe: '' }), ['https://auth.example.com', 'http://localhost:8080/']],
  [setting.addresses('V', { describe: '' }), ['127.0.0.1', '10.0.0.0/8, ::1', 'fd00::/8', '10.0.0.1/32, fd00::1/128']],
  [setting.integer('V', { describe: '', min: 1, max: 3600 }), ['1', '3600']],
  [setting.port('V', { describe: '' }), ['0', '65535']],
  [setting.boolean('V', { describe: '' }), ['true', 'false']],
  [setting.choices('V', { describe: '', choices: ['EdDSA', 'ES256'] }), ['EdDSA', 'ES256, EdDSA']],
  [
    setting.postgresUrl('V', { describe: '' }),
    [
      'postgres://u:p@h:5432/auth',
      'postgresql://h/auth?sslmode=require',
      'postgres://a:5432,b:5433/auth?target_session_attrs=read-write',
      'postgres://a,b/auth?target_session_attrs=primary',
    ],
  ],
] as const;
const refused = [
  [
    setting.issuer('V', { describe: '' }),
    [
      'example.com',
      'https://example.com/',
      'https://example.com/tenant',
      'https://example.com?x=1',
      'https://example.com#',
      'https://example.com/tenant/',
      'https://example.com/tenant?x=1',
      'https://example.com/tenant#x',
      'HTTPS://example.com',
      'https://u:p@example.com',
      'ftp://example.com',
      'https://example.com:443',
    ],
  ],
  [setting.url('V', { describe: '', protocols: ['https:', 'http:'] }), ['ftp://example.com/keys', 'example.com', '/keys']],
  [
    setting.uris('V', { describe: '' }),
    [
      'api',
      'urn:x',
      'urn:x:y',
      `urn:${'n'.repeat(33)}:x`,
      'urn:countersign:',
      ',',
      'urn:countersign:api books',
      'ftp://example.com',
      'https://',
    ],
  ],
  [setting.origins('V', { describe: '' }), ['*', 'https://app.example.com/', 'app.example.com', 'null', 'ftp://app.example.com']],
  [
    setting.origin('V', { describe: '' }),
    ['auth.example.com', 'https://auth.example.com//', 'https://a.example,https://b.example', 'null'],
  ],
  [setting.addresses('V', { describe: '' }), ['gateway', '10.0.0.0/33', '10.0.0', '::1/129', '10.0.0.0/8/8', '0.0.0.0/0', '::/0', 'true']],
  [setting.integer('V', { describe: '', min: 1, max: 3600 }), ['0', '3601', '-1', '1.5', '1e3']],
  [setting.port('V', { describe: '' }), ['65536']],
  [setting.boolean('V', { describe: '' }), ['yes', '1', 'TRUE']],
  [setting.choices('V', { describe: '', choices: ['EdDSA', 'ES256'] }), ['HS256', 'EdDSA,none', ',']],
  [setting.postgresUrl('V', { describe: '' }), ['mysql://h/auth', 'postgres://h', 'postgres://a,,b/auth', 'auth']],
] as const;

for (const [kind, texts] of taken) {
  for (const text of texts) t.test(`taken: ${text}`, async (t) => t.doesNotThrow(() => loadConfig(one(kind), { V: text })));
}
for (const [kind, texts] of refused) {
  for (const text of texts) t.test(`refused: ${text}`, async (t) => t.throws(() => loadConfig(one(kind), { V: text }), ConfigError));
}

t.test('what is wrong with an issuer is said', async (t) => {
  const issuer = one(setting.issuer('V', { describe: '' }));
  const faults = ['?x=1', '#x', '/tenant', '/'].map((more) => faultsOf(issuer, { V: `https://example.com${more}` }));
  t.match(faults, [[/no query/], [/no query/], [/no path: use https:\/\/example\.com$/], [/normal form, https:\/\/example\.com$/]]);
  for (const who of ['u:p', 'u', ':p']) t.match(faultsOf(issuer, { V: `https://${who}@example.com` }), [/no user and no password/], who);
});

t.test('the table in the docs has every setting, what it means, its default, and where else a secret may come from', async (t) => {
  t.equal(
    settingsTable({ ...settings, origins: setting.origins('CORS_ORIGINS', { describe: 'a|b', fallback: '' }) }),
    [
      '| variable | meaning | values | default | secret |',
      '| --- | --- | --- | --- | --- |',
      '| `PORT` | Port. | 0 to 65535 | `4001` | |',
      '| `ISSUER` | Who signs. | | required | |',
      '| `KEY` | A key. | | required | yes, also `KEY_FILE` |',
      '| `ADMIN_USERNAME` | First admin. | | none | |',
      '| `CORS_ORIGINS` | a\\|b | | none | |',
    ].join('\n'),
  );
});

function faultsOf(settings: Settings, env: Record<string, string>): readonly string[] {
  try {
    loadConfig(settings, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('the configuration was taken');
}
