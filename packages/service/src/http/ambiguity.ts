import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/** Headers of which Node keeps the first and drops the rest, so that a gateway in front may have judged a different one. */
const SINGLE_HEADERS = new Set(['authorization', 'content-type', 'host']);
const LENGTHS = new Set([...SINGLE_HEADERS].map((name) => name.length));

/**
 * What Node accepts, or is configured to accept, although two readers could interpret it differently (RFC 9112, sections 3.2 and
 * 6.1): a sentence that says why the request is refused, or `null`.
 */
export function findAmbiguity({ raw }: FastifyRequest): string | null {
  if (raw.url?.[0] !== '/') return 'The request target must be a path.';
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') return 'There must be a Host header.';
  if (isCodedOtherwise(raw)) return 'The only transfer coding is chunked.';
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

/** Whether the body has a transfer coding besides `chunked`: Node undoes that one and hands on the rest as it comes. */
export function isCodedOtherwise({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.toLowerCase() !== 'chunked';
}
