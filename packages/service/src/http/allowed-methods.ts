import type { Server } from './server.ts';

interface Route {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * Remembers every route that is registered from now on, so that a request that matched none can be told which methods
 * its path has (405 with `Allow`, RFC 9110, section 15.5.6). Used only then.
 */
export function collectRoutes(server: Server): (url: string) => string[] {
  const routes = new Map<string, Route>();
  server.addHook('onRoute', ({ url, method }) => {
    // A route for everything (CORS preflights) says nothing about a path.
    if (url === '*' || url === '/*') return;
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return (url) => {
    const path = url.split('?', 1)[0] ?? '';
    const methods = new Set<string>();
    for (const route of routes.values()) if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    return [...methods].sort();
  };
}

/** For `/books/:id` and `/verify/*`; parameters with a regular expression aren't used here. */
function toPattern(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
