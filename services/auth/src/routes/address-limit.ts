import { rateLimited } from '@countersign/problems';
import rateLimit, { type RateLimitOptions, type RateLimitPluginOptions } from '@fastify/rate-limit';
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
    errorResponseBuilder: (_request, { ttl }) => rateLimited('Too many attempts from this address.', ttl),
  });
});
