/** The part of `fetch` that a client needs. Another function can take its place. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * Sends one request with a time limit that includes the body, and follows no redirect, which could carry a token elsewhere.
 *
 * @param redirect - whether a redirect is an error of `fetch` or the answer
 */
export function boundedFetch(fetch: Fetch, timeoutMs: number, redirect: 'error' | 'manual' = 'error'): Fetch {
  const wholeMs = Math.ceil(timeoutMs); // AbortSignal takes no fractions
  return (url, init) => {
    const limit = AbortSignal.timeout(wholeMs);
    const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
    return fetch(url, { ...init, signal, redirect });
  };
}

/**
 * Resolves the URL of a request: a path, or a full URL of the same origin as `baseUrl`.
 *
 * @throws Error for another origin: a token is for one service
 * @throws TypeError for a `Request`, whose text would become a path
 */
export function resolveUrl(baseUrl: string, path: string | URL): URL {
  if (typeof path !== 'string' && !(path instanceof URL)) throw new TypeError('This client’s fetch takes a path or a URL.');
  const url = new URL(path, baseUrl);
  if (url.origin !== new URL(baseUrl).origin) throw new Error(`This client sends its tokens to ${new URL(baseUrl).origin} only.`);
  return url;
}
