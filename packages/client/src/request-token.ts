import type { Fetch } from './bounded-fetch.ts';
import { membersOf, requestIdOf, retryAfterOf, textsOf } from './received-problem.ts';
import { redirectOf } from './redirect-of.ts';
import { TokenRequestError } from './token-request-error.ts';

export interface TokenAnswer {
  readonly accessToken: string;
  /** Lifetime in seconds. */
  readonly expiresIn: number;
}

/** Requests a token (RFC 6749, sections 4 and 5). @throws TokenRequestError */
export async function requestToken(
  fetch: Fetch,
  tokenUrl: string,
  headers: Readonly<Record<string, string>>,
  form: URLSearchParams,
): Promise<TokenAnswer> {
  const answer = await askJson(fetch, tokenUrl, { method: 'POST', headers: { ...headers, accept: 'application/json' }, body: form });
  const { status, body } = answer;
  if (status !== 200) throw refusal(answer);
  const { access_token: accessToken, expires_in: expiresIn, token_type: type } = body;
  const usable = typeof accessToken === 'string' && typeof expiresIn === 'number' && String(type).toLowerCase() === 'bearer';
  if (!usable) throw new TokenRequestError('unexpected', status);
  return { accessToken, expiresIn };
}

/**
 * The token endpoint that the issuer's metadata names (RFC 8414). Metadata that names another issuer is refused (section 3.3): our secret
 * would be sent to that one.
 *
 * @throws TokenRequestError
 */
export async function getTokenEndpoint(fetch: Fetch, issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === '/' ? '' : pathname;
  const url = `${origin}/.well-known/oauth-authorization-server${path}`;
  const answer = await askJson(fetch, url, {});
  const { status, body } = answer;
  const { issuer: named, token_endpoint: endpoint } = body;
  if (status >= 500) throw refusal(answer);
  const invalid = (detail: string) => new TokenRequestError('metadata_invalid', status, { detail });
  if (status !== 200) throw invalid(`There is no metadata at ${url}.`);
  if (named !== issuer) throw invalid(`The metadata at ${url} names the issuer ${String(named)}, not ${issuer}.`);
  if (typeof endpoint !== 'string') throw invalid(`The metadata at ${url} names no token endpoint.`);
  return endpoint;
}

/** Auth answers in the terms of RFC 6749, a gateway in front of it with a problem document (RFC 9457). */
function refusal({ status, body, requestId, retryAfterSeconds }: Answer): TokenRequestError {
  const text = textsOf(body);
  return new TokenRequestError(text('error') ?? text('code') ?? 'unexpected', status, {
    detail: text('error_description') ?? text('detail'),
    requestId,
    retryAfterSeconds,
  });
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
}

async function askJson(fetch: Fetch, url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(new URL(url), init).catch((cause: unknown) => {
    throw new TokenRequestError('unreachable', null, { cause });
  });
  const { status } = response;
  const redirect = redirectOf(response);
  if (redirect !== null) throw redirect;
  const json: unknown = await response.json().catch((cause: unknown) => {
    throw new TokenRequestError('unexpected', status, { cause });
  });
  return { status, body: membersOf(json), requestId: requestIdOf(response, json), retryAfterSeconds: retryAfterOf(response) };
}
