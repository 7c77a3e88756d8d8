import type { Settings } from '@countersign/service/process';
import type { SourceFiles } from './source-files.ts';

/** In a container of its own, a service keeps its default port. */
const FIXED = ['PORT'];

/**
 * Looks for each service's settings in docker-compose.yml, where its variables stand alone on their lines: one that is missing there keeps
 * its default, whatever is set on the host.
 */
export function checkCompose(files: SourceFiles, services: Readonly<Record<string, Settings>>): string[] {
  const compose = files.get('docker-compose.yml') ?? '';
  return Object.entries(services).flatMap(([service, settings]) => checkService(compose, service, settings));
}

function checkService(compose: string, service: string, settings: Settings): string[] {
  const [own] = new RegExp(`^  ${service}:\\n(?: {4}.*\\n)+`, 'm').exec(compose) ?? [];
  const [common = ''] = /^x-common-settings:.*\n(?: {2}.*\n)+/m.exec(compose) ?? [];
  if (own === undefined) return [`docker-compose.yml: there is no service ${service}; scripts/checks/compose.ts must change with its form`];
  const text = own.includes('*common-settings') ? common + own : own;
  const named = new Set([...text.matchAll(/^ +([A-Z][A-Z0-9_]+):/gm)].map(([, name]) => name));
  return Object.values(settings)
    .filter(({ env }) => !FIXED.includes(env) && !named.has(env) && !named.has(`${env}_FILE`))
    .map(({ env }) => `docker-compose.yml: ${service} has no ${env}, so that it can't be set there`);
}
