import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Migrations } from './database.ts';

/** Names a migrated state, so that a database prepared for it is found again. */
export function migrationsHash({ folder, table }: Migrations): string {
  const hash = createHash('sha256').update(table);
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (/\.(sql|json)$/.test(file)) hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
