import { pbkdf2Sync, scryptSync } from 'node:crypto';
import { hashSync } from '@node-rs/argon2';
import { hashSync as bcryptHashSync } from '@node-rs/bcrypt';
import t from 'tap';
import { hashPassword, isPasswordHash, verifyPassword } from '../../src/passwords/password-formats.ts';

const password = 'pässwörd with 🐎';

t.test('ASVS 11.4.2: a new hash is Argon2id with 19 MiB, 2 passes and 1 lane', async (t) => {
  const hash = hashPassword(password);
  t.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  t.strictSame(verifyPassword(password, hash), { matches: true, outdated: false });
  t.match(verifyPassword(`${password} `, hash), { matches: false });
});

t.test('two passwords are two, also where UTF-8 has no bytes for them or a C string would end', async (t) => {
  const passwords = [
    '\u0000abcdefgh',
    '\u0000abcdefgi',
    '\ud800',
    '\ud801',
    '\udc00',
    '\ufffd',
    '\u{10000}',
    '\ud800 \udc00',
    'e\u0301',
    '\u00e9',
  ];
  const hashes = passwords.map(hashPassword);
  const matching = passwords.map((one) => hashes.flatMap((hash, index) => (verifyPassword(one, hash).matches ? [index] : [])));
  t.strictSame(
    matching,
    passwords.map((_, index) => [index]),
  );
});

const foreign = {
  'Argon2id of other parameters': hashSync(password, { algorithm: 2, memoryCost: 8192, timeCost: 1 }),
  'Werkzeug pbkdf2:sha256': `pbkdf2:sha256:1000$salt$${pbkdf2Sync(password, 'salt', 1000, 32, 'sha256').toString('hex')}`,
  'Werkzeug scrypt': `scrypt:16384:8:1$salt$${scryptSync(password, 'salt', 64, { N: 16384, r: 8, p: 1, maxmem: 1 << 26 }).toString('hex')}`,
  'bcrypt $2b$': bcryptHashSync(password, { cost: 4 }),
};

for (const [name, hash] of Object.entries(foreign)) {
  t.test(`${name} verifies and is outdated`, async (t) => {
    t.ok(isPasswordHash(hash));
    t.strictSame(verifyPassword(password, hash), { matches: true, outdated: true });
    t.match(verifyPassword('another password', hash), { matches: false });
  });
}

// Made by werkzeug.security.generate_password_hash: both salts are text, and not decoded.
t.test('a hash that Werkzeug wrote verifies', async (t) => {
  const known = 'pbkdf2:sha256:260000$saltsalt$';
  const hex = pbkdf2Sync('correct horse', 'saltsalt', 260_000, 32, 'sha256').toString('hex');
  t.match(verifyPassword('correct horse', known + hex), { matches: true });
});

t.test('ASVS 15.2.2: what is no hash, or would cost too much, is not taken', async (t) => {
  const refused = [
    '',
    'plain text',
    'pbkdf2:md5:1000$salt$00112233445566778899aabbccddeeff',
    'pbkdf2:sha256:99999999$salt$00112233445566778899aabbccddeeff',
    'pbkdf2:sha256:0$salt$00112233445566778899aabbccddeeff',
    'pbkdf2:sha256:1000$salt$00',
    'scrypt:1048576:8:1$salt$00112233445566778899aabbccddeeff',
    'scrypt:16385:8:1$salt$00112233445566778899aabbccddeeff',
    '$2b$12$short',
    `$2b$31$${'a'.repeat(53)}`,
    '$argon2id$v=19$m=4194304,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    '$argon2id$v=19$m=19456,t=999,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
  ];
  for (const hash of refused) t.notOk(isPasswordHash(hash), hash);
});
