import type { Settings } from '@countersign/service';

/** Each has its own in its container. */
const FIXED = ['PORT'];

/**
 * Looks for the settings of a service in docker-compose.yml: one that isn't there keeps its default, whatever is set on the host.
 *
 * @param compose - the file's text, in which a service's variables stand alone on their lines
 */
export function checkCompose(compose: string, service: string, settings: Settings): string[] {
  const [own] = new RegExp(`^  ${service}:\\n(?: {4}.*\\n)+`, 'm').exec(compose) ?? [];
  const [common = ''] = /^x-common-settings:.*\n(?: {2}.*\n)+/m.exec(compose) ?? [];
  if (own === undefined) return [`docker-compose.yml: there is no service ${service}; scripts/checks/compose.ts must change with its form`];
  const text = own.includes('*common-settings') ? common + own : own;
  const named = new Set([...text.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name));
  return Object.values(settings)
    .filter(({ env }) => !FIXED.includes(env) && !named.has(env) && !named.has(`${env}_FILE`))
    .map(({ env }) => `docker-compose.yml: ${service} has no ${env}, so that it can't be set there`);
}
