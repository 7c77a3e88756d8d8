import type { Server } from './server.ts';

interface Route {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
  readonly patches: Set<string>;
}

export type Offer = { readonly allow: string; readonly 'accept-patch'?: string };

/**
 * Remembers every route registered from now on, so that the answer to a request that matched none can name the methods of its path (405
 * with `Allow`, RFC 9110, section 15.5.6). Its patches (`Accept-Patch`, RFC 5789, section 3.1) are also named where a body has the wrong
 * type.
 */
export function collectRoutes(server: Server): (url: string) => Offer | null {
  const routes = new Map<string, Route>();
  server.addHook('onRoute', ({ url, method, schema }) => {
    // A route for everything (CORS preflights) says nothing about a path.
    if (url === '*' || url === '/*') return;
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set(), patches: new Set() };
    for (const name of [method].flat()) route.methods.add(name);
    if (method === 'PATCH') for (const type of schema?.consumes ?? ['application/json']) route.patches.add(type);
    routes.set(url, route);
  });
  return (url) => {
    const path = url.split('?', 1)[0] ?? '';
    const matching = [...routes.values()].filter(({ pattern }) => pattern.test(path));
    const methods = new Set(matching.flatMap((route) => [...route.methods]));
    const patches = matching.flatMap((route) => [...route.patches]);
    if (methods.size === 0) return null;
    return { allow: [...methods].sort().join(', '), ...(patches.length > 0 && { 'accept-patch': patches.join(', ') }) };
  };
}

/** Knows `/books/:id` and `/verify/*`. No route here has a parameter with a regular expression. */
function toPattern(url: string): RegExp {
  const parts = url
    .split('/')
    .map((part) => (part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
