import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import fastifyPlugin from 'fastify-plugin';

export interface SecurityHeadersOptions {
  /** Origins whose pages may call this service and read its answers, with credentials. None: CORS stays closed. */
  readonly corsOrigins: readonly string[];
}

const TWO_YEARS_SECONDS = 63_072_000;
const DAY_SECONDS = 86_400;

/** What a page of another origin may read beside the body. */
const EXPOSED_HEADERS = ['ETag', 'Link', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];

/** For what is answered before any hook runs: a URL that can't be decoded, bytes that aren't HTTP. The plugin below has the rest. */
export const UNROUTED_SECURITY_HEADERS = {
  'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`,
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** The security headers of every answer, errors among them. Register it before whatever can refuse a request. */
export const securityHeaders = fastifyPlugin<SecurityHeadersOptions>(async (server, { corsOrigins }) => {
  await server.register(helmet, {
    // An API has nothing to run, embed or be framed; a route that serves a page sets its own policy. What `default-src` doesn't cover is named.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    },
    strictTransportSecurity: { maxAge: TWO_YEARS_SECONDS, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  if (corsOrigins.length === 0) return;
  await server.register(cors, {
    origin: [...corsOrigins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: DAY_SECONDS,
    // Preflights are answered; any other OPTIONS request is a request like the rest.
    strictPreflight: false,
  });
});
