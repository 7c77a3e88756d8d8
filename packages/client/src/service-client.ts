import { asksForNewToken, canBeSentAgain, fetchWithToken } from './bearer-fetch.ts';
import { boundedFetch, type Fetch, resolveUrl } from './bounded-fetch.ts';
import { checkServiceOptions } from './check-options.ts';
import { type ClientProof, type ProvenRequest, proveClient } from './client-proof.ts';
import { keepToken } from './keep-token.ts';
import { getTokenEndpoint, requestToken } from './request-token.ts';
import { unlessAborted } from './unless-aborted.ts';

export type ServiceClientOptions = ClientProof & {
  /** The auth service's `issuer`, character for character. Its metadata (RFC 8414) names the token endpoint. */
  readonly issuer: string;
  /** The token endpoint, where it differs from the one that the metadata names: inside a private network, for example. */
  readonly tokenUrl?: string;
  readonly clientId: string;
  /** The service to call. Paths are resolved against it, and the token goes to no other origin. */
  readonly baseUrl: string;
  /** Scopes separated by spaces; all of the client's when left out. */
  readonly scope?: string;
  /** The services that the token is for (RFC 8707), e.g. `urn:countersign:books`. */
  readonly resource?: string | readonly string[];
  /** The limit for each request, with the body of its answer, in milliseconds; 10,000 when left out. */
  readonly timeoutMs?: number;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: Fetch;
};

export interface ServiceClient {
  /**
   * `fetch` with a token. A request that was refused with `token_expired` or `token_revoked` is sent again once, with a new token, unless
   * its body is a stream or another asynchronous iterable. The `signal` of `init` ends the wait for a token, too.
   *
   * @throws TokenRequestError when auth gives no token
   * @throws Error for a URL of another origin, and whatever `fetch` throws
   */
  fetch(path: string | URL, init?: RequestInit): Promise<Response>;
}

/**
 * `fetch` for a service that calls another in its own name (`client_credentials`; RFC 6749, section 4.4). It keeps one token for all
 * requests, and renews it in the background shortly before it expires. While auth gives no new token, the old one is used until it expires.
 *
 * @throws Error about the first invalid option
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { issuer, clientId, baseUrl, timeoutMs = 10_000, fetch: send = globalThis.fetch } = options;
  checkServiceOptions({ ...options, timeoutMs });
  const fetch = boundedFetch(send, timeoutMs);
  const askAuth = boundedFetch(send, timeoutMs, 'manual');
  let tokenUrl = options.tokenUrl ?? null;

  const token = keepToken(async () => {
    tokenUrl ??= await getTokenEndpoint(askAuth, issuer);
    const { headers, form } = proveClient(clientId, options, issuer);
    return requestToken(askAuth, tokenUrl, headers, parametersOf(options, form));
  });

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

function parametersOf({ clientId, scope, resource = [] }: ServiceClientOptions, form: ProvenRequest['form']): URLSearchParams {
  const parameters = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, ...form });
  if (scope !== undefined) parameters.set('scope', scope);
  for (const one of [resource].flat()) parameters.append('resource', one);
  return parameters;
}
