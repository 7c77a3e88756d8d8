import { rateLimited } from '@countersign/problems';
import rateLimit, {
  type FastifyRateLimitOptions,
  type FastifyRateLimitStore,
  type FastifyRateLimitStoreCtor,
  type RateLimitOptions,
} from '@fastify/rate-limit';
import fastifyPlugin from 'fastify-plugin';
import type { AddressCounts } from '../domain/address-counts.ts';
import { networkOf } from '../domain/network.ts';

export type AddressLimit = RateLimitOptions;

export function perMinute(max: number): AddressLimit {
  return { max, timeWindow: 60_000 };
}

export const addressLimits = fastifyPlugin<{ readonly counts: AddressCounts }>(async (server, { counts }) => {
  await server.register(rateLimit, {
    global: false,
    store: toStore(counts),
    keyGenerator: (request) => networkOf(request.ip),
    errorResponseBuilder: (_request, { ttl }) => rateLimited('Too many attempts from this address.', ttl),
  });
});

function toStore(counts: AddressCounts): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    readonly #route: string;

    constructor(options: FastifyRateLimitOptions & { readonly route?: string }) {
      this.#route = options.route ?? '';
    }

    incr(key: string, callback: Parameters<FastifyRateLimitStore['incr']>[1], windowMs: number): void {
      counts
        .increment(`${this.#route}:${key}`, windowMs)
        .then(({ requests, endsInMs }) => callback(null, { current: requests, ttl: endsInMs }))
        .catch((error: Error) => callback(error));
    }

    /** Each route has its own counts. The plugin passes more than its types say. */
    child(options: object): FastifyRateLimitStore {
      const { routeInfo } = options as { readonly routeInfo: { readonly url?: string } };
      return new Store({ route: routeInfo.url ?? '' });
    }
  };
}
