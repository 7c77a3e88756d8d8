/**
 * The first versions without a published vulnerability. A list of our own, because not every registry supports `npm audit`, and transitive
 * dependencies come uninvited.
 */
export const FLOORS: Readonly<Record<string, string>> = {
  'fast-jwt': '6.3.4',
  '@fastify/jwt': '10.2.5',
  fastify: '5.12.6',
  '@fastify/rate-limit': '11.2.0',
  'drizzle-orm': '0.45.2',
  '@fastify/proxy-addr': '5.1.1',
  '@fastify/middie': '9.3.4',
  // No release of these three contains the fix yet.
  '@fastify/http-proxy': '11.6.4',
  '@fastify/reply-from': '12.6.6',
  '@fastify/express': '4.0.8',
};

export function checkAdvisories(lockfile: string): string[] {
  const entries = [...lockfile.matchAll(/^ {2}'?((?:@[^/\s]+\/)?[^@\s]+)@(\d+\.\d+\.\d+)[^:]*'?:$/gm)];
  if (entries.length === 0)
    return ['pnpm-lock.yaml: no packages found in it; its format has changed, so scripts/checks/advisories.ts must, too'];
  const faults = entries.flatMap(([, name = '', version = '']) => {
    const floor = FLOORS[name];
    return floor !== undefined && isBelow(version, floor)
      ? [`pnpm-lock.yaml: ${name} ${version} has a published vulnerability; ${floor} is the first version without`]
      : [];
  });
  return [...new Set(faults)];
}

function isBelow(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}
