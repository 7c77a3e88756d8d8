import { setTimeout as wait } from 'node:timers/promises';
import { asksForNewToken, canBeSentAgain, fetchWithToken } from './bearer-fetch.ts';
import { boundedFetch, type Fetch, resolveUrl } from './bounded-fetch.ts';
import { checkUserOptions } from './check-options.ts';
import { losslessStore } from './lossless-store.ts';
import { readProblem, textsOf } from './received-problem.ts';
import { redirectOf } from './redirect-of.ts';
import { singleFlight } from './single-flight.ts';
import { TokenRequestError } from './token-request-error.ts';
import { memoryTokenStore, type TokenStore, type UserTokens } from './token-store.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface UserClientOptions {
  /** The gateway's origin, in front of auth and the services. Tokens go to no other origin. */
  readonly baseUrl: string;
  /** Where tokens are kept; in memory when left out. */
  readonly tokens?: TokenStore;
  /** The limit for each request, with the body of its answer, in milliseconds; 10,000 when left out, and for a refresh 20,000 at most. */
  readonly timeoutMs?: number;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: Fetch;
}

export interface UserClient {
  /**
   * Signs in and keeps the tokens. `scope`: separated by spaces; all that the user has when left out.
   *
   * @returns the scope that was granted, which may be less than was asked for
   * @throws TokenRequestError with the problem's code, e.g. `credentials_invalid`; `unreachable` without an answer
   */
  logIn(credentials: {
    readonly username: string;
    readonly password: string;
    readonly scope?: string;
  }): Promise<{ readonly scope: string }>;
  /**
   * `fetch` with the user's token. A request that was refused with `token_expired` or `token_revoked` is sent again once, with refreshed
   * tokens, unless its body is a stream or another asynchronous iterable. Without tokens it is sent without. When the session is over, the
   * tokens are forgotten and the 401 is the answer.
   *
   * @throws TokenRequestError when a refresh fails for another reason than the end of the session
   * @throws Error for a URL of another origin, and whatever `fetch` throws
   */
  fetch(path: string | URL, init?: RequestInit): Promise<Response>;
  /** Ends the session and forgets its tokens; does nothing without any. @throws TokenRequestError when it didn't end */
  logOut(): Promise<void>;
}

/**
 * A refresh whose answer was lost is repeated with the same token. For 60 s, auth's default grace, that gives the same successor; later
 * auth takes the repetition for theft. So the last attempt begins well before that.
 */
const REFRESH_TIMEOUT_MS = 20_000;
const ATTEMPTS = 3;
const RETRY_AFTER_MS = 200;

/**
 * `fetch` for a person's program: signs in, keeps the tokens, and refreshes them once for all requests that wait.
 *
 * @throws Error about the first invalid option
 */
export function createUserClient({
  baseUrl,
  tokens = memoryTokenStore(),
  timeoutMs = 10_000,
  fetch: send = globalThis.fetch,
}: UserClientOptions): UserClient {
  checkUserOptions({ baseUrl, timeoutMs, tokens });
  const store = losslessStore(tokens);
  const fetch = boundedFetch(send, timeoutMs);
  const askAuth = boundedFetch(send, timeoutMs, 'manual');
  const askToRefresh = boundedFetch(send, Math.min(timeoutMs, REFRESH_TIMEOUT_MS), 'manual');
  let signIns = 0;
  const post = (path: string, body: object, ask = askAuth) => postWhole(ask, resolveUrl(baseUrl, path), body);

  /** The tokens to try after `refused` was refused: newer ones that are already there, or refreshed ones. */
  const renew = singleFlight(async (refused: string): Promise<UserTokens | null> => {
    // Loaded within the flight: a caller whose look at a slow store is older than the last refresh must not rotate the new token, too.
    const before = await store.load();
    if (before === null || before.accessToken !== refused) return before;
    const response = await persistently(() => post('/refresh', { refresh_token: before.refreshToken }, askToRefresh));
    const after = (await saysSessionIsOver(response)) ? null : (await readTokens(response)).tokens;
    await store.replace(before, after);
    return after;
  });

  return {
    async logIn({ username, password, scope }) {
      const response = await post('/login', { username, password, scope });
      const { tokens, scope: granted } = await readTokens(response);
      signIns += 1;
      await store.save(tokens);
      return { scope: granted };
    },

    async fetch(path, init = {}) {
      const url = resolveUrl(baseUrl, path);
      const tokens = await store.load();
      const response = await fetchWithToken(fetch, url, init, tokens?.accessToken ?? null);
      if (tokens === null || !(await asksForNewToken(response))) return response;
      const after = await unlessAborted(init.signal, () => renew(tokens.accessToken));
      if (after === null || !canBeSentAgain(init)) return response;
      return fetchWithToken(fetch, url, init, after.accessToken);
    },

    async logOut() {
      const tokens = await store.load();
      if (tokens === null) return;
      const before = signIns;
      const response = await persistently(() => post('/logout', { token: tokens.refreshToken }));
      if (!response.ok) throw await refusalOf(response);
      // A sign-in that came meanwhile keeps its tokens; those of a refresh ended with the session.
      if (signIns === before) await store.save(null);
    },
  };
}

/** Resolves once the answer is complete: one that breaks off counts as none. @throws TokenRequestError */
async function postWhole(fetch: Fetch, url: URL, body: object): Promise<Response> {
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    await response.clone().arrayBuffer();
    return response;
  } catch (cause) {
    throw new TokenRequestError('unreachable', null, { cause });
  }
}

/** Tries again when the outcome is unknown: no answer, or the server's own failure. */
async function persistently(send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await send();
      if (response.status < 500 || attempt === ATTEMPTS) return response;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
    await wait(RETRY_AFTER_MS * attempt);
  }
}

/** Only auth can tell: a 401 without its code comes from a proxy. */
async function saysSessionIsOver(response: Response): Promise<boolean> {
  return response.status === 401 && ((await readProblem(response.clone())).code?.startsWith('token_') ?? false);
}

async function readTokens(response: Response): Promise<{ tokens: UserTokens; scope: string }> {
  if (!response.ok) throw await refusalOf(response);
  const text = textsOf(await response.json().catch(() => null));
  const [accessToken, refreshToken] = [text('access_token'), text('refresh_token')];
  if (accessToken === null || refreshToken === null) throw new TokenRequestError('unexpected', response.status);
  return { tokens: { accessToken, refreshToken }, scope: text('scope') ?? '' };
}

async function refusalOf(response: Response): Promise<TokenRequestError> {
  const redirect = redirectOf(response);
  if (redirect !== null) return redirect;
  const { code, ...told } = await readProblem(response);
  return new TokenRequestError(code ?? 'unexpected', response.status, told);
}
