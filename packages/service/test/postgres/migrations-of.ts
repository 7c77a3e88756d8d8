import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Migrations } from '../../src/index.ts';

/** A folder as drizzle-kit writes it. */
export function migrationsOf(t: Test, name: string, statements: readonly string[]): Migrations {
  const folder = join(t.testdir(), name);
  mkdirSync(join(folder, 'meta'), { recursive: true });
  const entries = statements.map((statement, idx) => {
    const tag = `${String(idx).padStart(4, '0')}_${name}`;
    writeFileSync(join(folder, `${tag}.sql`), statement);
    return { idx, version: '7', when: 1_700_000_000_000 + idx, tag, breakpoints: true };
  });
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  return { folder, table: `${name}_migrations` };
}
