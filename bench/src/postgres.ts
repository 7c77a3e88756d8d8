import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

export async function createDatabase(adminUrl: string): Promise<string> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const admin = postgres(adminUrl, { max: 1 });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Whether a commit waits until it is on the disk, in every session of the cluster. */
export async function setSynchronousCommit(adminUrl: string, value: 'on' | 'off'): Promise<void> {
  const admin = postgres(adminUrl, { max: 1 });
  await admin.unsafe(`alter system set synchronous_commit = ${value}`);
  await admin`select pg_reload_conf()`;
  await admin.end();
}
