import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import { createId } from '../identifiers.ts';
import { mustBeAmong, type Roles } from './role.ts';
import { isUsername, MEMBER_ROLE, type NewUser, USERNAME_FORM } from './user.ts';
import type { UserDirectory } from './user-directory.ts';

export interface ImportUsersPorts {
  readonly db: Database;
  readonly userDirectory: UserDirectory;
  readonly roles: Roles;
  readonly audit: Audit;
  /** Can a password be checked against it, and in bearable time? */
  readonly isPasswordHash: (hash: string) => boolean;
}

export interface RefusedLine {
  /** Counted from 1, blank lines too. */
  readonly line: number;
  readonly reason: string;
}

export interface ImportReport {
  readonly imported: number;
  readonly refused: readonly RefusedLine[];
}

interface ReadLine {
  readonly line: number;
  readonly user: NewUser;
}

const MAX_LINES = 50_000;
const MAX_LINE_BYTES = 4096;
/** Users of one transaction. */
const BATCH = 500;
const PROPERTIES: readonly unknown[] = ['username', 'password_hash', 'roles'];
const LINE_FEED = 0x0a;

/**
 * Imports users with the hashes of their passwords, one JSON object a line. A line that can't be taken is reported and
 * passed over; what was imported stays, so that a second run after a failure reports it as taken.
 *
 * @throws Problem `payload_too_large`
 */
export async function importUsers(ports: ImportUsersPorts, body: Buffer, by: Administrator): Promise<ImportReport> {
  const lines = splitLines(body);
  if (lines === null) throw new Problem('payload_too_large', { detail: `At most ${MAX_LINES} lines are taken at once.` });
  const roles = await ports.roles.findNames(ports.db);
  const refused: RefusedLine[] = [];
  let imported = 0;
  let batch: ReadLine[] = [];
  const store = async () => {
    const notStored = await storeBatch(ports, batch, by);
    imported += batch.length - notStored.length;
    refused.push(...notStored);
    batch = [];
  };
  for (const [index, bytes] of lines.entries()) {
    if (isBlank(bytes)) continue;
    const line = index + 1;
    const user = parseLine(bytes, roles, ports.isPasswordHash);
    if (typeof user === 'string') refused.push({ line, reason: user });
    else batch.push({ line, user });
    if (batch.length === BATCH) await store();
  }
  await store();
  return { imported, refused: refused.toSorted((a, b) => a.line - b.line) };
}

/** @returns those that were refused */
async function storeBatch(
  { db, userDirectory, roles, audit }: ImportUsersPorts,
  batch: readonly ReadLine[],
  by: Administrator,
): Promise<RefusedLine[]> {
  if (batch.length === 0) return [];
  return await db.transaction(async (tx) => {
    // A role may have been deleted since the lines were read.
    const held = await roles.hold(tx, [...new Set(batch.flatMap(({ user }) => user.roles))]);
    const [storable, roleless] = partition(batch, ({ user }) => user.roles.every((role) => held.includes(role)));
    const newUsers = storable.map(({ user }) => user);
    const users = newUsers.length === 0 ? [] : await userDirectory.insertMany(tx, newUsers);
    if (users.length > 0) await audit.record(tx, { ...by, event: 'users_imported', subject: null, details: { users } });
    const inserted = new Set(users);
    const taken = storable.filter(({ user }) => !inserted.has(user.id));
    return [...refuse(taken, 'the username is taken'), ...refuse(roleless, `roles ${mustBeAmong(await roles.findNames(tx))}`)];
  });
}

function refuse(lines: readonly ReadLine[], reason: string): RefusedLine[] {
  return lines.map(({ line }) => ({ line, reason }));
}

function partition<Item>(items: readonly Item[], isFirst: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** @returns `null` when there are too many */
function splitLines(body: Buffer): readonly Buffer[] | null {
  const lines: Buffer[] = [];
  for (let from = 0; from < body.length; ) {
    if (lines.length === MAX_LINES) return null;
    const found = body.indexOf(LINE_FEED, from);
    const end = found === -1 ? body.length : found;
    lines.push(body.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length <= MAX_LINE_BYTES && bytes.toString('latin1').trim() === '';
}

/** @returns the reason why it is refused, which never repeats what was sent: it may be a hash */
function parseLine(bytes: Buffer, knownRoles: readonly string[], isPasswordHash: (hash: string) => boolean): NewUser | string {
  if (bytes.length > MAX_LINE_BYTES) return `the line is longer than ${MAX_LINE_BYTES} bytes`;
  const fields = parseObject(bytes);
  if (fields === null) return 'the line is not a JSON object';
  if (!Object.keys(fields).every((name) => PROPERTIES.includes(name))) return 'only username, password_hash and roles are taken';
  const { username, password_hash: passwordHash, roles = [MEMBER_ROLE] } = fields;
  if (typeof username !== 'string' || !isUsername(username)) return `username must be ${USERNAME_FORM}`;
  if (typeof passwordHash !== 'string' || !isPasswordHash(passwordHash))
    return 'password_hash must be of Werkzeug (pbkdf2, scrypt), bcrypt or Argon2, at a cost that is bearable at each sign-in';
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
