import { readFileSync } from 'node:fs';

/** A line of the table in gateway/nginx.conf that maps a path to its service. */
export interface GatewayLine {
  /** A path, or a regular expression when it begins with `~`. */
  readonly pattern: string;
  readonly service: string;
}

export function readGatewayTable(): GatewayLine[] {
  const text = readFileSync(new URL('../../../gateway/nginx.conf', import.meta.url), 'utf8');
  const [, table = ''] = /map \$plain_path \$service \{([^}]*)\}/.exec(text) ?? [];
  return [...table.matchAll(/"([^"]+)" (\w+);/g)].map(([, pattern = '', service = '']) => ({ pattern, service }));
}

/** Whether gateway/nginx.conf forwards a path to this service; local/test/gateway holds the embedded gateway to the same table. */
export function gatewayTo(service: string): (path: string) => boolean {
  const lines = readGatewayTable().filter((line) => line.service === service);
  return (path) => lines.some(({ pattern }) => (pattern.startsWith('~') ? new RegExp(pattern.slice(1)).test(path) : pattern === path));
}
