import { createId } from '../identifiers.ts';
import { mustBeAmong } from './role.ts';
import { isUsername, MEMBER_ROLE, type NewUser, USERNAME_FORM } from './user.ts';

export interface Line {
  /** Counted from 1, including blank lines. */
  readonly line: number;
  readonly bytes: Buffer;
}

export interface UserLine {
  readonly line: number;
  readonly user: NewUser;
}

export interface RefusedLine {
  readonly line: number;
  /** Never repeats what was sent: it may be a hash. */
  readonly reason: string;
}

export const MAX_LINES = 50_000;
const MAX_LINE_BYTES = 4096;
const PROPERTIES: readonly unknown[] = ['username', 'password_hash', 'roles'];
const LINE_FEED = 0x0a;

/** The lines that aren't blank. @returns `null` when there are too many, blank ones included */
export function splitLines(body: Buffer): readonly Line[] | null {
  const lines: Line[] = [];
  let from = 0;
  for (let line = 1; from < body.length; line += 1) {
    if (line > MAX_LINES) return null;
    const found = body.indexOf(LINE_FEED, from);
    const end = found === -1 ? body.length : found;
    const bytes = body.subarray(from, end);
    if (!isBlank(bytes)) lines.push({ line, bytes });
    from = end + 1;
  }
  return lines;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length <= MAX_LINE_BYTES && bytes.toString('latin1').trim() === '';
}

/** @param isPasswordHash - whether a password can be verified against the hash at a bearable cost */
export function parseUserLine(
  { line, bytes }: Line,
  knownRoles: readonly string[],
  isPasswordHash: (hash: string) => boolean,
): UserLine | RefusedLine {
  const user = parseUser(bytes, knownRoles, isPasswordHash);
  return typeof user === 'string' ? { line, reason: user } : { line, user };
}

/** @returns the user, or the reason for refusing it */
function parseUser(bytes: Buffer, knownRoles: readonly string[], isPasswordHash: (hash: string) => boolean): NewUser | string {
  if (bytes.length > MAX_LINE_BYTES) return `the line is longer than ${MAX_LINE_BYTES} bytes`;
  const fields = parseObject(bytes);
  if (fields === null) return 'the line is not a JSON object';
  if (!Object.keys(fields).every((name) => PROPERTIES.includes(name))) return 'only username, password_hash and roles may be given';
  const { username, password_hash: passwordHash, roles = [MEMBER_ROLE] } = fields;
  if (typeof username !== 'string' || !isUsername(username)) return `username must be ${USERNAME_FORM}`;
  if (typeof passwordHash !== 'string' || !isPasswordHash(passwordHash))
    return 'password_hash must be a Werkzeug (pbkdf2, scrypt), bcrypt or Argon2 hash, at a cost that is bearable at each sign-in';
  if (!Array.isArray(roles) || !roles.every((role: unknown) => typeof role === 'string' && knownRoles.includes(role)))
    return `roles ${mustBeAmong(knownRoles)}`;
  return { id: createId(), username, passwordHash, roles: [...new Set(roles)] };
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
