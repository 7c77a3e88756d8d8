import { ACCESS_COOKIE, CSRF_COOKIE } from '@countersign/tokens';
import type { SecurityScheme } from './document.ts';

/** The ways to present an access token to any service. */
export const ACCESS_SCHEMES = {
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'An access token (RFC 9068) from `POST /login`, `POST /refresh` or `POST /oauth/token`, in the `Authorization` header.',
  },
  accessCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: ACCESS_COOKIE,
    description: 'For browsers: the access token as a cookie, from a sign-in with `delivery: "cookie"`.',
  },
  csrfToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-CSRF-Token',
    description: `The value of the cookie \`${CSRF_COOKIE}\`. Required with a token cookie for every method except GET, HEAD and OPTIONS.`,
  },
} as const satisfies Record<string, SecurityScheme>;
