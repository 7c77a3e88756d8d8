import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateDatabase } from '@countersign/service';
import { needsReal, testDatabase } from '@countersign/testing';
import { asc, sql } from 'drizzle-orm';
import t, { type Test } from 'tap';
import { migrations } from '../src/migrations.ts';
import { sessions } from '../src/stores/schema.ts';

/** A version whose newest migration was this one. */
function upTo(t: Test, tag: string): typeof migrations {
  const folder = t.testdir();
  cpSync(migrations.folder, folder, { recursive: true });
  const path = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(readFileSync(path, 'utf8')) as { entries: { tag: string }[] };
  const entries = journal.entries.slice(0, journal.entries.findIndex((entry) => entry.tag === tag) + 1);
  writeFileSync(path, JSON.stringify({ ...journal, entries }));
  return { ...migrations, folder };
}

t.test('sessions that were begun behind a proxy that told no address, or more than one, do not stop the index of networks', async (t) => {
  if (!needsReal(t, 'postgres')) return;
  const { db, url } = await testDatabase(t, { migrations: upTo(t, '0003_roles_lose_scopes') });
  // In SQL: the tables of that version lack columns that those of `schema.ts` may have by now.
  await db.execute(sql`insert into users (id, username, password_hash) values ('u', 'traveller', 'x')`);
  const ips = ['10.0.0.1', '10.0.0.1:4711', '2001:db8::7', '::ffff:10.0.0.1', 'fe80::1%eth0', 'unknown', '_hidden', '999.1.1.1', null];
  for (const [index, ip] of ips.entries())
    await db.execute(sql`
      insert into sessions (id, user_id, client_id, seed_digest, delivery, auth_time, idle_expires_at, expires_at, ip)
      values (${`s${index}`}, 'u', 'first-party', '', 'body', now(), now(), now(), ${ip})`);
  await migrateDatabase(String(url), migrations);
  const kept = await db.select({ ip: sessions.ip }).from(sessions).orderBy(asc(sessions.id));
  t.strictSame(
    kept.map(({ ip }) => ip),
    ['10.0.0.1', '::', '2001:db8::7', '::ffff:10.0.0.1', '::', '::', '::', '::', null],
  );
});
