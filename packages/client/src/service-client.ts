import { asksForNewToken, canBeSentAgain, fetchWithToken } from './bearer-fetch.ts';
import { boundedFetch, type Fetch, resolveUrl } from './bounded-fetch.ts';
import { checkServiceOptions } from './check-options.ts';
import { type ClientProof, proveClient } from './client-proof.ts';
import { findTokenEndpoint, requestToken } from './request-token.ts';
import { singleFlight } from './single-flight.ts';
import { unlessAborted } from './unless-aborted.ts';

export type ServiceClientOptions = ClientProof & {
  /** The auth service's `issuer`, character for character. */
  readonly issuer: string;
  /** The token endpoint, when it differs from the one in the issuer's metadata: inside a private network, for example. */
  readonly tokenUrl?: string;
  readonly clientId: string;
  /** The service to call. Paths are resolved against it, and the token goes to no other origin. */
  readonly baseUrl: string;
  /** Space-separated; all of the client's scopes when left out. */
  readonly scope?: string;
  /** The services that the token is for (RFC 8707), e.g. `urn:countersign:books`. */
  readonly resource?: string | readonly string[];
  /** For each single request; 10 s when left out. */
  readonly timeoutMs?: number;
  readonly fetch?: Fetch;
};

export interface ServiceClient {
  /**
   * `fetch` with a token. When a new token can help, a refused request is sent again with one, once.
   *
   * @throws TokenRequestError when auth gives no token
   * @throws Error for a URL of another origin, and whatever `fetch` throws
   */
  fetch(path: string | URL, init?: RequestInit): Promise<Response>;
}

interface CachedToken {
  readonly accessToken: string;
  /** From then on another one is asked for, while this one is used until it expires: auth may be down for a moment. */
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** How long before its end a token is renewed; of one with a short life, a tenth of that. */
const RENEW_EARLY_SECONDS = 30;
/** Between two attempts to renew a token that can still be used. */
const RENEW_AGAIN_MS = 1000;

/**
 * `fetch` for a service that calls another in its own name (`client_credentials`). It keeps one token, and renews it shortly
 * before it expires.
 *
 * @throws Error about an option that can't be meant
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { issuer, clientId, baseUrl, scope, resource = [], timeoutMs = 10_000 } = options;
  checkServiceOptions({ ...options, timeoutMs });
  const fetch = boundedFetch(options.fetch ?? globalThis.fetch, timeoutMs);
  let tokenUrl = options.tokenUrl ?? null;
  let cached: CachedToken | null = null;

  const renew = singleFlight(async () => {
    tokenUrl ??= await findTokenEndpoint(fetch, issuer);
    const { headers, form } = proveClient(clientId, options, issuer);
    const parameters = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, ...form });
    if (scope !== undefined) parameters.set('scope', scope);
    for (const one of [resource].flat()) parameters.append('resource', one);
    const { accessToken, expiresIn } = await requestToken(fetch, tokenUrl, headers, parameters);
    const expiresAtMs = performance.now() + expiresIn * 1000;
    cached = { accessToken, renewAtMs: expiresAtMs - Math.min(RENEW_EARLY_SECONDS, expiresIn / 10) * 1000, expiresAtMs };
    return accessToken;
  });

  /** @param refused - a token that was refused and must not be used again */
  async function token(refused: string | null): Promise<string> {
    const nowMs = performance.now();
    if (cached === null || cached.accessToken === refused || nowMs >= cached.expiresAtMs) return await renew();
    const { accessToken, renewAtMs } = cached;
    if (nowMs >= renewAtMs) {
      cached = { ...cached, renewAtMs: nowMs + RENEW_AGAIN_MS };
      renew().catch(() => {}); // a request that has no usable token renews it itself, and gets the error
    }
    return accessToken;
  }

  return {
    async fetch(path, init = {}) {
      const url = resolveUrl(baseUrl, path);
      const first = await unlessAborted(init.signal, () => token(null));
      const response = await fetchWithToken(fetch, url, init, first);
      if (!(await asksForNewToken(response))) return response;
      const next = await unlessAborted(init.signal, () => token(first));
      if (!canBeSentAgain(init)) return response;
      return fetchWithToken(fetch, url, init, next);
    },
  };
}
