import type { IncomingMessage } from 'node:http';

/**
 * The request headers that are passed on to a service. A list of what passes, so that `X-Auth-*`, `X-Original-*`, `X-Forwarded-*`, and
 * anything else that a service may come to trust, can't be sent from outside. `gateway/nginx.conf` has the same list.
 */
export const PASSED_HEADERS: readonly string[] = [
  'accept',
  'accept-language',
  'access-control-request-headers',
  'access-control-request-method',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'origin',
  'prefer',
  'range',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'traceparent',
  'tracestate',
  'user-agent',
  'x-csrf-token',
];

/** Headers of one connection, not of the answer (RFC 9110, section 7.6.1). */
const CONNECTION_HEADERS = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

const METHODS_WITH_BODY = ['POST', 'PUT', 'PATCH'];

/** What a service receives: the caller's headers from the list, and the gateway's own on where the request came from. */
export function requestHeaders(request: IncomingMessage, requestId: string): string[] {
  const passed = pairs(request.rawHeaders).filter(([name]) => PASSED_HEADERS.includes(name.toLowerCase()));
  return [
    ...passed,
    ...framing(request),
    ['x-request-id', requestId],
    ['x-forwarded-for', request.socket.remoteAddress ?? ''],
    ['x-forwarded-host', request.headers.host ?? ''],
    ['x-forwarded-proto', 'http'],
  ].flat();
}

export function responseHeaders(response: IncomingMessage): string[] {
  return pairs(response.rawHeaders)
    .filter(([name]) => !CONNECTION_HEADERS.includes(name.toLowerCase()))
    .flat();
}

/** The framing of a body without `Content-Length`: an empty POST would otherwise be passed on as a chunked one. */
function framing({ headers, method }: IncomingMessage): [string, string][] {
  if (headers['transfer-encoding'] !== undefined) return [['transfer-encoding', 'chunked']];
  const isEmpty = headers['content-length'] === undefined && METHODS_WITH_BODY.includes(method ?? '');
  return isEmpty ? [['content-length', '0']] : [];
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as [string, string]] : []));
}
