import { pbkdf2Sync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { hashSync, verifySync } from '@node-rs/argon2';
import { verifySync as verifyBcryptSync } from '@node-rs/bcrypt';
import type { PasswordVerdict } from '../domain/people/password-hasher.ts';

/** Argon2id (2 in the package's enum, which type stripping can't import) as OWASP recommends it. Such hashes begin with `CURRENT`. */
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$';
/** The hash of no known password: its salt and its result are random. */
const NOBODYS = `${CURRENT}${base64(randomBytes(16))}$${base64(randomBytes(32))}`;

// Numbers are positive and in their one spelling, because the Argon2 library throws otherwise. A salt is text that Postgres can store.
const PBKDF2 = /^pbkdf2:(sha1|sha256|sha512):([1-9]\d{0,7})\$([^$\0\p{Surrogate}]+)\$([0-9a-f]+)$/u;
const SCRYPT = /^scrypt:([1-9]\d{0,7}):([1-9]\d{0,2}):([1-9]\d{0,2})\$([^$\0\p{Surrogate}]+)\$([0-9a-f]+)$/u;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const ARGON2 = /^\$argon2(?:id|i|d)\$v=19\$m=([1-9]\d{0,7}),t=([1-9]\d{0,2}),p=([1-9]\d?)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Higher limits would let one imported hash take memory and time from everybody else. */
const MAX_PBKDF2_ITERATIONS = 2_000_000;
const MAX_MEMORY_BYTES = 128 * 1024 * 1024;
/** Hexadecimal digits of 16 to 64 bytes. A longer PBKDF2 output would cost all the iterations again for each further block. */
const HEX_LENGTHS = [32, 40, 48, 56, 64, 96, 128];
const MIN_BCRYPT_COST = 4;
const MAX_BCRYPT_COST = 15;
const MAX_ARGON2_PASSES = 10;

export function hashPassword(password: string): string {
  return hashSync(encodable(password), ARGON2ID);
}

/** Whether `verifyPassword` can check this hash. Asked before a hash is imported. */
export function isPasswordHash(hash: string): boolean {
  return isArgon2(hash) || isBcrypt(hash) || readPbkdf2(hash) !== null || readScrypt(hash) !== null;
}

/** Verifies a password against a hash of Argon2, bcrypt or Werkzeug (`pbkdf2:…`, `scrypt:…`); `null` takes as long as one of ours. */
export function verifyPassword(password: string, hash: string | null): PasswordVerdict {
  const checked = hash ?? NOBODYS;
  return { matches: matches(encodable(password), checked), outdated: !checked.startsWith(CURRENT) };
}

/**
 * UTF-8 can't encode half of a surrogate pair, and Node would write U+FFFD for each, so that many passwords would be equal: JSON escapes
 * it. (A password that already reads like that JSON is no easier to guess.)
 */
function encodable(password: string): string {
  return password.isWellFormed() ? password : JSON.stringify(password);
}

function matches(password: string, hash: string): boolean {
  if (isArgon2(hash)) return verifySync(hash, password);
  if (isBcrypt(hash)) return verifyBcryptSync(password, hash);
  const pbkdf2 = readPbkdf2(hash);
  if (pbkdf2 !== null) {
    const { digest, iterations, salt, expected } = pbkdf2;
    return timingSafeEqual(pbkdf2Sync(password, salt, iterations, expected.length, digest), expected);
  }
  const scrypt = readScrypt(hash);
  if (scrypt === null) throw new Error('a password hash of an unknown form');
  const { N, r, p, salt, expected } = scrypt;
  return timingSafeEqual(scryptSync(password, salt, expected.length, { N, r, p, maxmem: 2 * MAX_MEMORY_BYTES }), expected);
}

function isArgon2(hash: string): boolean {
  const [, kibibytes, passes, lanes, salt = '', output = ''] = ARGON2.exec(hash) ?? [];
  const [memory, time, parallelism] = [Number(kibibytes), Number(passes), Number(lanes)];
  // The library throws for parameters that RFC 9106, section 3.1, doesn't allow: such a hash must not get that far.
  const isDefined = memory >= 8 * parallelism;
  const isBearable = memory * 1024 <= MAX_MEMORY_BYTES && time <= MAX_ARGON2_PASSES;
  return isDefined && isBearable && isBase64(salt, 8, 64) && isBase64(output, 16, 64);
}

/** In its one spelling, and of this many bytes. */
function isBase64(text: string, minBytes: number, maxBytes: number): boolean {
  const bytes = Buffer.from(text, 'base64');
  return base64(bytes) === text && bytes.length >= minBytes && bytes.length <= maxBytes;
}

/** Without padding, as in Argon2 hashes. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

function isBcrypt(hash: string): boolean {
  const [, cost] = BCRYPT.exec(hash) ?? [];
  return Number(cost) >= MIN_BCRYPT_COST && Number(cost) <= MAX_BCRYPT_COST;
}

/** `pbkdf2:sha256:260000$salt$hex`, as Werkzeug's generate_password_hash writes it. */
function readPbkdf2(hash: string) {
  const [, digest, iterations, salt, hex] = PBKDF2.exec(hash) ?? [];
  if (digest === undefined || salt === undefined || hex === undefined || !HEX_LENGTHS.includes(hex.length)) return null;
  const count = Number(iterations);
  return count <= MAX_PBKDF2_ITERATIONS ? { digest, iterations: count, salt, expected: Buffer.from(hex, 'hex') } : null;
}

/** `scrypt:32768:8:1$salt$hex`, Werkzeug's default since 2.3. */
function readScrypt(hash: string) {
  const [, n, blockSize, lanes, salt, hex] = SCRYPT.exec(hash) ?? [];
  if (salt === undefined || hex === undefined || !HEX_LENGTHS.includes(hex.length)) return null;
  const [N, r, p] = [Number(n), Number(blockSize), Number(lanes)];
  // RFC 7914, section 2.
  const isDefined = N > 1 && (N & (N - 1)) === 0 && N < 2 ** (16 * r);
  return isDefined && 128 * N * r * p <= MAX_MEMORY_BYTES ? { N, r, p, salt, expected: Buffer.from(hex, 'hex') } : null;
}
