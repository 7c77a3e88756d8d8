import { asksForNewToken, canBeSentAgain, fetchWithToken } from './bearer-fetch.ts';
import { boundedFetch, type Fetch, resolveUrl } from './bounded-fetch.ts';
import { checkServiceOptions } from './check-options.ts';
import { type ClientProof, type ProvenRequest, proveClient } from './client-proof.ts';
import { keepToken } from './keep-token.ts';
import { getTokenEndpoint, requestToken } from './request-token.ts';
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

/**
 * `fetch` for a service that calls another in its own name (`client_credentials`). It keeps one token, and renews it shortly
 * before it expires.
 *
 * @throws Error about an invalid option
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const { issuer, clientId, baseUrl, timeoutMs = 10_000 } = options;
  checkServiceOptions({ ...options, timeoutMs });
  const fetch = boundedFetch(options.fetch ?? globalThis.fetch, timeoutMs);
  let tokenUrl = options.tokenUrl ?? null;

  const token = keepToken(async () => {
    tokenUrl ??= await getTokenEndpoint(fetch, issuer);
    const { headers, form } = proveClient(clientId, options, issuer);
    return requestToken(fetch, tokenUrl, headers, parametersOf(options, form));
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

/** RFC 6749, section 4.4.2, with the `resource` of RFC 8707. */
function parametersOf({ clientId, scope, resource = [] }: ServiceClientOptions, form: ProvenRequest['form']): URLSearchParams {
  const parameters = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, ...form });
  if (scope !== undefined) parameters.set('scope', scope);
  for (const one of [resource].flat()) parameters.append('resource', one);
  return parameters;
}
