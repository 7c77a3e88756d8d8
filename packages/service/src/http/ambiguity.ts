import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** Node keeps the first of these headers and drops the rest; a gateway in front may have judged another one. */
const SINGLE_HEADERS = new Set(['authorization', 'content-type', 'host']);
const LENGTHS = new Set([...SINGLE_HEADERS].map((name) => name.length));

/**
 * Why a request is refused that Node accepts, or is configured to accept, although two readers could interpret it differently (RFC 9112,
 * sections 3.2 and 6.1); `null` for all others.
 */
export function findAmbiguity({ raw }: FastifyRequest): string | null {
  if (raw.url?.[0] !== '/') return 'The request target must be a path.';
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') return 'The Host header is missing.';
  if (isCodedOtherwise(raw)) return 'Transfer-Encoding must be chunked, with no other coding.';
  const { rawHeaders } = raw;
  let seen = '';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!LENGTHS.has(name.length)) continue;
    const lower = name.toLowerCase();
    if (!SINGLE_HEADERS.has(lower)) continue;
    if (seen.includes(`${lower};`)) return `The header ${lower} may be sent only once.`;
    seen += `${lower};`;
  }
  return null;
}

/** Whether the body has a transfer coding besides `chunked`, the only one that Node decodes. */
export function isCodedOtherwise({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.toLowerCase() !== 'chunked';
}
