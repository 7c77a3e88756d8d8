import type { ServiceName } from '../services.ts';

export interface PublicRoute {
  readonly path: string;
  readonly below?: boolean;
  readonly to: ServiceName;
  /** How long the service may be silent, where that is longer than on other routes. */
  readonly silenceMs?: number;
  /** The longest body that the service accepts, where that is longer than on other routes. */
  readonly maxBodyBytes?: number;
}

/**
 * Every path that the gateway admits; any other is 404. `gateway/nginx.conf` says the same for the compose stack: one test compares the
 * two, and another sends the same requests through both.
 */
export const PUBLIC_ROUTES: readonly PublicRoute[] = [
  { path: '/books', below: true, to: 'books' },
  { path: '/.well-known/oauth-protected-resource/books', to: 'books' },
  { path: '/register', to: 'auth' },
  { path: '/login', to: 'auth' },
  { path: '/refresh', to: 'auth' },
  { path: '/logout', to: 'auth' },
  { path: '/me', to: 'auth' },
  { path: '/reauthenticate', to: 'auth' },
  { path: '/password', to: 'auth' },
  { path: '/password/reset', to: 'auth' },
  { path: '/sessions', below: true, to: 'auth' },
  { path: '/.well-known/jwks.json', to: 'auth' },
  { path: '/.well-known/oauth-authorization-server', to: 'auth' },
  { path: '/oauth/token', to: 'auth' },
  { path: '/oauth/revoke', to: 'auth' },
  { path: '/admin/users/import', to: 'auth', silenceMs: 600_000, maxBodyBytes: 8 * 1024 * 1024 },
  { path: '/admin/sessions', to: 'auth', silenceMs: 600_000 },
  { path: '/admin/roles', below: true, to: 'auth', silenceMs: 600_000 },
  { path: '/admin', below: true, to: 'auth' },
  { path: '/docs', below: true, to: 'auth' },
];

/**
 * Paths with only one spelling. Any other (an escape, an empty segment, a dot segment, a backslash) could mean something else to the
 * service than to the gateway, and no public path needs it.
 */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)+\/?$/;

/** The route of a request target (RFC 9112, section 3.2: a path, or a full URL whose path is used); `null`: none. */
export function findRoute(target: string): PublicRoute | null {
  const [path = ''] = originForm(target).split('?', 1);
  if (!PLAIN_PATH.test(path)) return null;
  return PUBLIC_ROUTES.find((route) => path === route.path || (route.below && path.startsWith(`${route.path}/`))) ?? null;
}

export function originForm(target: string): string {
  return target.replace(/^https?:\/\/[^/?]*/i, '');
}
