import { readFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';

const PACKAGES = ['fastify', '@fastify/jwt', 'fast-jwt', 'ioredis', 'express', 'express-jwt', 'postgres'];

/** What the figures depend on: the line above the tables. */
export async function describeMachine(): Promise<string> {
  const processors = cpus();
  const catalog = await readFile(new URL('../../pnpm-workspace.yaml', import.meta.url), 'utf8');
  const versions = PACKAGES.map((name) => `${name} ${new RegExp(`^\\s+["']?${name}["']?: (\\S+)`, 'm').exec(catalog)?.[1] ?? '?'}`);
  const load = loadavg()[0]?.toFixed(1) ?? '?';
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}, ${process.platform}/${process.arch}, load average ${load} at the end; ${versions.join(', ')}`;
}
