import { Problem } from '@countersign/problems';
import rateLimit, { type errorResponseBuilderContext, type RateLimitOptions, type RateLimitPluginOptions } from '@fastify/rate-limit';
import fastifyPlugin from 'fastify-plugin';
import { networkOf } from '../domain/network.ts';

/** What a route puts into `config.rateLimit` to be limited by address. */
export type AddressLimit = RateLimitOptions;

export function perMinute(max: number): AddressLimit {
  return { max, timeWindow: 60_000 };
}

/** Limits by address, for routes that ask for one. The store counts for all instances together. */
export const addressLimits = fastifyPlugin<Required<Pick<RateLimitPluginOptions, 'store'>>>(async (server, { store }) => {
  await server.register(rateLimit, {
    global: false,
    store,
    keyGenerator: (request) => networkOf(request.ip),
    errorResponseBuilder: (_request, context) => tooMany(context),
  });
});

function tooMany({ ttl }: errorResponseBuilderContext): Problem {
  const seconds = Math.max(1, Math.ceil(ttl / 1000));
  return new Problem('rate_limited', {
    detail: `Too many attempts from this address. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}
