import cors, { type FastifyCorsOptions } from '@fastify/cors';
import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import Fastify, { type FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { TWO_YEARS_SECONDS } from './unrouted-headers.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: @fastify/cors leaves this route alone. */
    cors?: false;
  }
}

export interface SecurityHeadersOptions {
  /** Origins whose pages may call this service and read its answers, with credentials. Without any, CORS stays off. */
  readonly corsOrigins: readonly string[];
}

const DAY_SECONDS = 86_400;

/** The headers of an answer that a page of another origin may read. */
const EXPOSED_HEADERS = ['ETag', 'Link', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];

const HELMET: FastifyHelmetOptions = {
  // An API has nothing to run, embed or frame; a route that serves a page sets its own policy. The directives that `default-src` doesn't
  // cover are listed.
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: { maxAge: TWO_YEARS_SECONDS, includeSubDomains: true },
  xFrameOptions: { action: 'deny' },
  referrerPolicy: { policy: 'no-referrer' },
};

/**
 * The security headers of every answer, including errors. Also answers a request that matches no route, before its body is looked at.
 * Register it before anything that can refuse a request.
 */
export const securityHeaders = fastifyPlugin<SecurityHeadersOptions>(async (server, { corsOrigins }) => {
  const headers = await askHelmet();
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  if (corsOrigins.length > 0) {
    server.addHook('onRequest', (request, reply, done) => {
      // @fastify/cors registers a route for every OPTIONS request that has none, and would answer each as a preflight.
      if (request.method === 'OPTIONS' && request.routeOptions.url === '*' && !isPreflight(request)) server.answerNotFound(request, reply);
      else done();
    });
    await server.register(cors, corsOptions(corsOrigins));
  }
  server.addHook('onRequest', (request, reply, done) => {
    if (request.is404) server.answerNotFound(request, reply);
    else done();
  });
});

function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origins],
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: DAY_SECONDS,
    // Only preflights get here. With `true` the plugin would answer others with 400 in plain text.
    strictPreflight: false,
  };
}

/** A browser's question before a page of another origin makes a request (the Fetch standard). */
function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** Asks helmet once: its headers are the same on every answer, yet it builds them for each, at a third of the CPU of a short one. */
async function askHelmet(): Promise<Record<string, string>> {
  const asked = Fastify();
  await asked.register(helmet, HELMET);
  asked.setNotFoundHandler(async (_request, reply) => ({ ...reply.raw.getHeaders() }));
  const answer = await asked.inject('/');
  await asked.close();
  return answer.json();
}
