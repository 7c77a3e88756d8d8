import type { Redis } from '@countersign/service';

/**
 * What in Redis's configuration puts the list of revocations at risk: a sentence each. Auth notices a lost list and rebuilds it, but a
 * program that looks entries up by key isn't told. None where CONFIG is forbidden, as it often is.
 */
export async function findRedisRisks(redis: Redis): Promise<string[]> {
  const settings = await readSettings(redis).catch(() => null);
  if (settings === null) return [];
  const policy = settings.get('maxmemory-policy') ?? 'noeviction';
  return [
    policy.startsWith('allkeys-') &&
      `Redis may evict any key when memory is short (maxmemory-policy ${policy}), the list of revocations too: it would have to be rebuilt again and again. Use noeviction.`,
    policy.startsWith('volatile-') &&
      `Redis may evict keys that expire when memory is short (maxmemory-policy ${policy}): a program that looks up a revocation by its key might not find it. Use noeviction.`,
    settings.get('appendonly') === 'no' &&
      settings.get('save') === '' &&
      'Redis keeps nothing on disk (no appendonly, no save): after each restart the list of revocations is gone until auth has rebuilt it, and services that start meanwhile answer 503. Use appendonly yes.',
  ].filter((risk) => risk !== false);
}

async function readSettings(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>();
  // One at a time: Redis takes several only since version 7.
  for (const name of ['maxmemory-policy', 'appendonly', 'save']) {
    const [, value] = await redis.config('GET', name);
    if (value !== undefined) settings.set(name, value);
  }
  return settings;
}
