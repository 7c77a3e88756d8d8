import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { createServer } from '@countersign/service';
import { hashSync } from '@node-rs/argon2';
import { hashSync as bcryptSync } from '@node-rs/bcrypt';
import { eq } from 'drizzle-orm';
import t from 'tap';
import type { ImportUsersPorts } from '../../../src/domain/people/import-users.ts';
import type { Roles } from '../../../src/domain/people/role.ts';
import { hashPassword } from '../../../src/passwords/password-formats.ts';
import { adminImportRoute } from '../../../src/routes/admin/import.ts';
import { roles, userRoles, users } from '../../../src/stores/schema.ts';
import { administeredAuth } from './administered-auth.ts';

const { app, database, admin, signIn, events } = await administeredAuth(t);
const { db } = database;

const password = 'a long enough password';
const hash = hashPassword(password);

function importLines(payload: string | Buffer, contentType = 'application/x-ndjson', others: Record<string, string> = {}) {
  const headers = { authorization: `Bearer ${admin.accessToken}`, 'content-type': contentType, ...others };
  return app.inject({ method: 'POST', url: '/admin/users/import', headers, payload });
}

const line = (username: string, changes: object = {}) => JSON.stringify({ username, password_hash: hash, roles: ['member'], ...changes });

async function reasonsFor(...lines: string[]): Promise<string[]> {
  const { refused } = (await importLines(lines.join('\n'))).json<{ refused: { reason: string }[] }>();
  return refused.map(({ reason }) => reason);
}

const hashes: Record<string, string> = {
  werkzeugPbkdf2: `pbkdf2:sha256:260000$salt$${pbkdf2Sync(password, 'salt', 260_000, 32, 'sha256').toString('hex')}`,
  werkzeugScrypt: `scrypt:32768:8:1$salt$${scryptSync(password, 'salt', 64, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 27 }).toString('hex')}`,
  bcrypt: bcryptSync(password, { cost: 10 }),
  argon2: hashSync(password, { memoryCost: 8192, timeCost: 3, parallelism: 2 }),
  ours: hash,
};

t.test('imported users sign in with the passwords that they had, whatever made the hashes', async (t) => {
  const report = await importLines(
    `${Object.entries(hashes)
      .map(([name, password_hash]) => line(name, { password_hash }))
      .join('\n')}\n`,
  );
  t.equal(report.statusCode, 200, report.body);
  t.strictSame(report.json(), { imported: 5, refused: [] });
  for (const username of Object.keys(hashes)) {
    t.equal((await signIn({ username, password: 'another long password' })).statusCode, 401, username);
    const signedIn = await signIn({ username, password });
    t.equal(signedIn.statusCode, 200, `${username}: ${signedIn.body}`);
    const [row] = await db.select().from(users).where(eq(users.username, username));
    t.match(row?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, 'rehashed at the first sign-in');
  }
  const ids = (await db.select({ id: users.id }).from(users)).map(({ id }) => id).filter((id) => id !== admin.id);
  const [told] = await events(null);
  t.match(told, { event: 'users_imported', actor: admin.id });
  t.strictSame([...((told?.details?.users ?? []) as string[])].toSorted(), ids.toSorted());
});

t.test('the report names each refused line and why, and the others are imported', async (t) => {
  await importLines(line('Taken'));
  const body = [
    line('first'),
    '',
    'no json',
    line('taken'),
    line('ab'),
    line('two', { roles: ['root'] }),
    line('three', { password_hash: 'plain text password' }),
    line('four', { disabled: true }),
    '  ',
    '[]',
    line('first'),
    line('five', { roles: undefined }),
    `${line('six', { roles: ['admin', 'admin'] })}\r`,
    line('seven', { roles: [] }),
    '{"username":"eight","__proto__":{"roles":["admin"]}}',
    `{"username":"${'x'.repeat(5000)}"}`,
    line('nine', { password_hash: 7 }),
    'null',
    line('ten', { roles: 'member' }),
    line('eleven', { roles: [['member']] }),
    '"text"',
    `\ufeff${line('twelve')}`,
    line('last'),
  ].join('\n');
  const { imported, refused } = (await importLines(body)).json<{ imported: number; refused: { line: number; reason: string }[] }>();
  t.equal(imported, 6);
  t.strictSame(
    refused.map(({ line, reason }) => `${line} ${reason.split(/ (?:must|are|is|may)\b/)[0]}`),
    [
      '3 the line',
      '4 the username',
      '5 username',
      '6 roles',
      '7 password_hash',
      '8 only username, password_hash and roles',
      '10 the line',
      '11 the username',
      '15 only username, password_hash and roles',
      '16 the line',
      '17 password_hash',
      '18 the line',
      '19 roles',
      '20 roles',
      '21 the line',
    ],
  );
  t.notOk(JSON.stringify(refused).includes('plain text password'), 'a reason never repeats what may be a hash');
  const rolesOf = async (username: string) => {
    const rows = await db
      .select({ role: userRoles.role })
      .from(userRoles)
      .innerJoin(users, eq(users.id, userRoles.userId))
      .where(eq(users.username, username));
    return rows.map(({ role }) => role);
  };
  t.strictSame(await rolesOf('five'), ['member']);
  t.strictSame(await rolesOf('six'), ['admin']);
  t.strictSame(await rolesOf('seven'), []);
});

t.test('a hash that is malformed, or that would take too long at each sign-in, is refused', async (t) => {
  const hex = randomBytes(32).toString('hex');
  const bad = [
    '',
    'password',
    `pbkdf2:sha256:2000001$salt$${hex}`,
    `pbkdf2:sha256:0$salt$${hex}`,
    `pbkdf2:md5:1000$salt$${hex}`,
    'pbkdf2:sha256:1000$salt$abc',
    `scrypt:1048576:64:64$salt$${hex}`,
    `scrypt:32769:8:1$salt$${hex}`,
    `scrypt:32768:8:0$salt$${hex}`,
    '$2b$31$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$2b$10$tooshort',
    '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$v=19$m=19456,t=999,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$nonsense',
    'md5$abc$0123456789abcdef0123456789abcdef',
    `pbkdf2:sha256:1000$sa\0lt$${hex}`,
    `scrypt:32768:8:1$sa\ud800lt$${hex}`,
  ];
  const reasons = await reasonsFor(...bad.map((password_hash, index) => line(`hash${index}`, { password_hash })));
  t.equal(reasons.length, bad.length, JSON.stringify(reasons));
  for (const reason of reasons) t.match(reason, /^password_hash must be a Werkzeug/);
  t.strictSame(
    await reasonsFor(line('hash', { password_hash: `pbkdf2:sha256:600000$salt$${hex}` })),
    [],
    'today’s default of Werkzeug is taken',
  );
});

t.test('whatever is imported, a sign-in with it never fails but with 401', async (t) => {
  const odd = [
    '$argon2id$v=19$m=8,t=1,p=1$YQ$YQ',
    '$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$v=19$m=19456,t=0,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$v=19$m=19456,t=2,p=0$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2i$v=19$m=64,t=1,p=99$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2d$v=19$m=64,t=1,p=1$A$A',
    '$2b$00$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    '$2b$04$zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz',
    `pbkdf2:sha1:1$s$${'00'.repeat(16)}`,
    `scrypt:2:1:1$s$${'00'.repeat(16)}`,
    `scrypt:65536:1:1$s$${'00'.repeat(16)}`,
    '$argon2id$v=19$m=064,t=1,p=1$c2FsdHNhbHRzYWx0$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdA',
  ];
  await importLines(odd.map((password_hash, index) => line(`odd${index}`, { password_hash })).join('\n'));
  for (const [index, oddHash] of odd.entries()) {
    t.match((await signIn({ username: `odd${index}`, password })).json(), { status: 401, code: 'credentials_invalid' }, oddHash);
  }
});

t.test('an import that brings nobody is not in the audit log', async (t) => {
  const before = await events(null);
  t.match((await importLines(line('once'))).json(), { imported: 1 });
  t.equal((await events(null)).length, before.length + 1);
  t.match((await importLines(line('once'))).json(), { imported: 0 });
  t.equal((await events(null)).length, before.length + 1);
});

t.test('names are free for one line alone, also across batches and beside one another', async (t) => {
  const many = Array.from({ length: 1200 }, (_, i) => line(`many${i % 1100}`));
  const { imported, refused } = (await importLines(many.join('\n'))).json<{ imported: number; refused: { line: number }[] }>();
  t.equal(imported, 1100);
  t.strictSame(
    refused.map(({ line }) => line),
    Array.from({ length: 100 }, (_, i) => 1101 + i),
  );
  const reports = await Promise.all(
    Array.from({ length: 4 }, () => importLines(Array.from({ length: 50 }, (_, i) => line(`beside${i}`)).join('\n'))),
  );
  t.equal(
    reports.reduce((sum, report) => sum + report.json<{ imported: number }>().imported, 0),
    50,
  );
});

t.test('an import has its limits and its content type', async (t) => {
  const tooMany = { status: 413, code: 'payload_too_large', detail: 'At most 50000 lines are accepted in one request.' };
  t.match((await importLines('\n'.repeat(50_001))).json(), tooMany);
  t.strictSame((await importLines('\n'.repeat(50_000))).json(), { imported: 0, refused: [] });
  t.match((await importLines(Buffer.alloc(8 * 1024 * 1024, 0x20))).json(), { imported: 0, refused: [{ line: 1 }] });
  t.match((await importLines(Buffer.alloc(8 * 1024 * 1024 + 1, 0x20))).json(), { status: 413, code: 'payload_too_large' });
  t.match((await importLines(line('typed'), 'text/csv')).json(), { status: 415, code: 'unsupported_media_type' });
  t.match((await importLines(line('typed'), 'application/x-www-form-urlencoded')).json(), { status: 415 });
  const zipped = await importLines(gzipSync(line('zipped')), 'application/x-ndjson', { 'content-encoding': 'gzip' });
  t.match(zipped.json(), { status: 415, code: 'unsupported_media_type' });
  t.strictSame((await importLines('')).json(), { imported: 0, refused: [] });
  const nothing = await app.inject({
    method: 'POST',
    url: '/admin/users/import',
    headers: { authorization: `Bearer ${admin.accessToken}` },
  });
  t.strictSame(nothing.json(), { imported: 0, refused: [] }, 'nor any type');
  t.match((await importLines(Buffer.from(line('k\xe4the'), 'latin1'))).json(), {
    imported: 0,
    refused: [{ line: 1, reason: 'the line is not a JSON object' }],
  });
  const names = ['ndjson', 'jsonl', 'jsonlines', 'json-lines'].flatMap((name) => [`application/${name}`, `application/x-${name}`]);
  for (const type of [...names, 'application/x-ndjson; charset=utf-8', 'application/json', 'text/plain']) {
    t.equal((await importLines(line(`by-${type.replace(/[^a-z-]/g, '')}`), type)).json<{ imported: number }>().imported, 1, type);
  }
  for (const type of ['application/json-patch+json', 'text/plainer'])
    t.match((await importLines(line('unasked'), type)).json(), { status: 415, code: 'unsupported_media_type' }, type);
  t.match(
    (await app.inject({ method: 'POST', url: '/login', headers: { 'content-type': 'text/plain' }, payload: '{}' })).json(),
    { status: 415 },
    'elsewhere nothing has changed',
  );
});

t.test('an import may take longer than other requests may', async (t) => {
  const server = createServer({ logLevel: 'silent', trustProxy: [], handlerTimeoutMs: 20 });
  t.teardown(() => server.close());
  const known = Promise.withResolvers<string[]>();
  const held = { findNames: () => known.promise } as Partial<Roles> as Roles;
  const ports = { roles: held } as Partial<ImportUsersPorts> as ImportUsersPorts;
  server.addHook('onRequest', async (request) => {
    Object.assign(request, { user: { sub: admin.id } });
  });
  server.get('/endless', () => new Promise(() => {}));
  await server.register(adminImportRoute, { ports });
  const importing = server.inject({ method: 'POST', url: '/admin/users/import' }).then(({ statusCode }) => statusCode);
  t.equal((await server.inject('/endless')).statusCode, 503);
  known.resolve([]);
  t.equal(await importing, 200);
});

t.test('a name that only reads like one is none, and blanks without end are no blank line', async (t) => {
  const named = (username: unknown) => JSON.stringify({ username, password_hash: hash });
  const reasons = await reasonsFor(named(12_345), named(['listed']), named(null), ' '.repeat(4097));
  t.match(reasons, [/^username must/, /^username must/, /^username must/, /^the line is longer/]);
  t.equal(reasons.length, 4);
  t.strictSame(await reasonsFor(named('12345'), named('listed').padEnd(4096), ' '.repeat(4096)), []);
});

t.test('a refused line names some of the roles, however many there are', async (t) => {
  await db.insert(roles).values(Array.from({ length: 100 }, (_, i) => ({ name: `many-${i}`.padEnd(64, 'x') })));
  const [reason] = await reasonsFor(line('rolled', { roles: ['nobody'] }));
  t.match(reason, /^roles must be among admin, .*, …$/);
  t.ok(String(reason).length < 1500, 'an answer can have 50,000 of them');
});
