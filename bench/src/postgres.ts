import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

/** Postgres as it runs in production: a commit is on the disk before it is answered. The cluster of the tests skips that. */
export async function makeDurable(adminUrl: string): Promise<void> {
  const admin = postgres(adminUrl, { max: 1 });
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit']) await admin.unsafe(`alter system set ${setting} = on`);
  await admin`select pg_reload_conf()`;
  await admin.end();
}

/** @returns the URL of a new, empty database */
export async function createDatabase(adminUrl: string): Promise<string> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const admin = postgres(adminUrl, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
