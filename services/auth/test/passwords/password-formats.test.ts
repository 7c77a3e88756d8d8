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

const bcrypt = bcryptHashSync(password, { cost: 4 });
const foreign = {
  'Argon2id of other parameters': hashSync(password, { algorithm: 2, memoryCost: 8192, timeCost: 1 }),
  Argon2i: hashSync(password, { algorithm: 1, memoryCost: 8192, timeCost: 1 }),
  Argon2d: hashSync(password, { algorithm: 0, memoryCost: 8192, timeCost: 1 }),
  'Argon2id of more lanes': hashSync(password, { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 2 }),
  ...Object.fromEntries(
    [
      ['sha1', 20],
      ['sha256', 16],
      ['sha256', 24],
      ['sha256', 28],
      ['sha256', 32],
      ['sha512', 48],
      ['sha512', 64],
    ].map(([digest, bytes]) => [
      `Werkzeug pbkdf2:${digest} of ${bytes} bytes`,
      `pbkdf2:${digest}:1000$salt$${pbkdf2Sync(password, 'salt', 1000, Number(bytes), String(digest)).toString('hex')}`,
    ]),
  ),
  'Werkzeug scrypt': `scrypt:16384:8:1$salt$${scryptSync(password, 'salt', 64, { N: 16384, r: 8, p: 1, maxmem: 1 << 26 }).toString('hex')}`,
  ...Object.fromEntries(['2a', '2b', '2y'].map((version) => [`bcrypt $${version}$`, bcrypt.replace('2b', version)])),
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

t.test('ASVS 15.2.2: what is no hash, or would cost too much, is not taken, and what is just short of that is', async (t) => {
  const hex = '0'.repeat(64);
  const bcrypt = 'a'.repeat(53);
  const [salt, output] = ['AAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAA'];
  /** A hash that is taken, and others that differ from it in one thing. */
  const hashes: Record<string, readonly string[]> = {
    [`pbkdf2:sha256:2000000$salt$${hex}`]: [
      '',
      'plain text',
      `pbkdf2:sha256:2000001$salt$${hex}`,
      `pbkdf2:sha256:0$salt$${hex}`,
      `pbkdf2:sha256:02000000$salt$${hex}`,
      `pbkdf2:md5:2000000$salt$${hex}`,
      `pbkdf2:sha256:2000000$salt$${hex.replaceAll('0', 'A')}`,
      `pbkdf2:sha256:2000000$$${hex}`,
      `pbkdf2:sha256:2000000$sa\0lt$${hex}`,
      `pbkdf2:sha256:2000000$sa\ud800lt$${hex}`,
      `pbkdf2:sha256:2000000$salt$${hex}00`,
      'pbkdf2:sha256:2000000$salt$00',
    ],
    [`scrypt:16384:8:8$salt$${hex}`]: [
      `scrypt:16384:8:9$salt$${hex}`,
      `scrypt:16384:9:8$salt$${hex}`,
      `scrypt:32768:8:8$salt$${hex}`,
      `scrypt:16383:8:8$salt$${hex}`,
      `scrypt:1:8:8$salt$${hex}`,
      `scrypt:0:8:8$salt$${hex}`,
      `scrypt:16384:0:8$salt$${hex}`,
      `scrypt:16384:8:0$salt$${hex}`,
      `scrypt:016384:8:8$salt$${hex}`,
      `scrypt:16384:8:8$sa\0lt$${hex}`,
      `scrypt:16384:8:8$sa\ud800lt$${hex}`,
      `scrypt:16384:8:8$salt$${hex}00`,
    ],
    // RFC 7914, section 2: N is less than 2^(128 * r / 8).
    [`scrypt:32768:1:1$salt$${hex}`]: [`scrypt:65536:1:1$salt$${hex}`],
    [`$2b$04$${bcrypt}`]: [`$2b$03$${bcrypt}`, `$2x$04$${bcrypt}`, `$2b$04$${bcrypt}a`],
    [`$2b$15$${bcrypt}`]: [`$2b$16$${bcrypt}`],
    [`$argon2id$v=19$m=131072,t=10,p=1$${salt}$${output}`]: [
      `$argon2id$v=19$m=131073,t=10,p=1$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=11,p=1$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=0,p=1$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=0$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=01$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=010,p=1$${salt}$${output}`,
      `$argon2id$v=19$m=0131072,t=10,p=1$${salt}$${output}`,
      `$argon2id$v=16$m=131072,t=10,p=1$${salt}$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=1$AAAAAAAAAA$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=1$AAAAAAAAAAB$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=1$${'A'.repeat(87)}$${output}`,
      `$argon2id$v=19$m=131072,t=10,p=1$${salt}$AAAAAAAAAAAAAAAAAAAA`,
      `$argon2id$v=19$m=131072,t=10,p=1$${salt}$${'A'.repeat(87)}`,
    ],
    [`$argon2id$v=19$m=131072,t=10,p=1$${'A'.repeat(86)}$${'A'.repeat(86)}`]: [],
    [`$argon2id$v=19$m=16,t=1,p=2$${salt}$${output}`]: [`$argon2id$v=19$m=15,t=1,p=2$${salt}$${output}`],
  };
  for (const [taken, refused] of Object.entries(hashes)) {
    t.ok(isPasswordHash(taken), taken);
    for (const hash of refused) t.notOk(isPasswordHash(hash), hash);
  }
});

t.test('the scrypt hash that takes the most memory is checked, and not refused for it', async (t) => {
  t.match(verifyPassword(password, `scrypt:131072:8:1$salt$${'0'.repeat(64)}`), { matches: false });
});
