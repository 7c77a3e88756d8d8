import { Problem } from '@countersign/problems';
import type { Database } from '@countersign/service';
import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import { mustBeAmong, type Roles } from './role.ts';
import type { UserDirectory } from './user-directory.ts';
import { MAX_LINES, parseUserLine, type RefusedLine, splitLines, type UserLine } from './user-line.ts';

export interface ImportUsersPorts {
  readonly db: Database;
  readonly userDirectory: UserDirectory;
  readonly roles: Roles;
  readonly audit: Audit;
  /** Whether a password can be verified against this hash at a bearable cost. */
  readonly isPasswordHash: (hash: string) => boolean;
}

export interface ImportReport {
  readonly imported: number;
  readonly refused: readonly RefusedLine[];
}

/** Lines per transaction. */
const BATCH = 500;

/**
 * Imports users with their password hashes, one JSON object a line. A line that can't be taken is reported and skipped. Imported users
 * stay: a second run after a failure reports them as taken.
 *
 * @throws Problem `payload_too_large`
 */
export async function importUsers(ports: ImportUsersPorts, body: Buffer, by: Administrator): Promise<ImportReport> {
  const lines = splitLines(body);
  if (lines === null) throw new Problem('payload_too_large', { detail: `At most ${MAX_LINES} lines are accepted in one request.` });
  const knownRoles = await ports.roles.findNames(ports.db);
  const refused: RefusedLine[] = [];
  let imported = 0;
  for (let first = 0; first < lines.length; first += BATCH) {
    const batch = lines.slice(first, first + BATCH).map((line) => parseUserLine(line, knownRoles, ports.isPasswordHash));
    const users = batch.filter((line) => 'user' in line);
    const notStored = await storeUsers(ports, users, by);
    imported += users.length - notStored.length;
    refused.push(...batch.filter((line) => 'reason' in line), ...notStored);
  }
  return { imported, refused: refused.toSorted((a, b) => a.line - b.line) };
}

/** @returns the lines that were refused */
async function storeUsers(
  { db, userDirectory, roles, audit }: ImportUsersPorts,
  lines: readonly UserLine[],
  by: Administrator,
): Promise<RefusedLine[]> {
  if (lines.length === 0) return [];
  return await db.transaction(async (tx) => {
    // A role may have been deleted since the lines were read.
    const held = await roles.hold(tx, [...new Set(lines.flatMap(({ user }) => user.roles))]);
    const hasRoles = ({ user }: UserLine) => user.roles.every((role) => held.includes(role));
    const storable = lines.filter(hasRoles);
    const newUsers = storable.map(({ user }) => user);
    const users = newUsers.length === 0 ? [] : await userDirectory.insertMany(tx, newUsers);
    if (users.length > 0) await audit.record(tx, { ...by, event: 'users_imported', subject: null, details: { users } });
    const inserted = new Set(users);
    const taken = storable.filter(({ user }) => !inserted.has(user.id));
    const roleless = lines.filter((line) => !hasRoles(line));
    return [...refuse(taken, 'the username is taken'), ...refuse(roleless, `roles ${mustBeAmong(await roles.findNames(tx))}`)];
  });
}

function refuse(lines: readonly UserLine[], reason: string): RefusedLine[] {
  return lines.map(({ line }) => ({ line, reason }));
}
