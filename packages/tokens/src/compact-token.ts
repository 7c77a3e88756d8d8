import { isUtf8 } from 'node:buffer';
import { MAX_TOKEN_BYTES } from './claims.ts';

/** A well-formed token; nothing in it is proven yet. */
export interface CompactToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What was signed: header and payload as they stand in the token. */
  readonly signingInput: Buffer;
  readonly signature: Buffer;
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/**
 * Takes a compact JWS (RFC 7515, section 7.1) apart, or returns `null` when it is malformed. Each of the three parts must
 * be the one canonical spelling of its bytes: decoders ignore the unused bits of the last character, so without this check
 * a token would have up to 16 spellings.
 */
export function parseCompactToken(token: string): CompactToken | null {
  if (token.length > MAX_TOKEN_BYTES) return null;
  const parts = token.split('.', 4);
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return null;
  const [header, payload, signature] = parts as [string, string, string];
  const parsedHeader = parseObject(header);
  const parsedPayload = parseObject(payload);
  if (parsedHeader === null || parsedPayload === null) return null;
  return {
    header: parsedHeader,
    payload: parsedPayload,
    signingInput: Buffer.from(token.slice(0, header.length + 1 + payload.length), 'latin1'),
    signature: Buffer.from(signature, 'base64url'),
  };
}

function isCanonicalBase64url(part: string): boolean {
  if (!BASE64URL.test(part)) return false;
  const last = part.at(-1);
  switch (part.length % 4) {
    case 0:
      return true;
    case 2: // 12 bits for one byte: the last four must be zero
      return 'AQgw'.includes(last as string);
    case 3: // 18 bits for two bytes: the last two must be zero
      return 'AEIMQUYcgkosw048'.includes(last as string);
    default:
      return false;
  }
}

/** Bytes that aren't UTF-8 are refused (RFC 7515, section 5.2): with replacement characters different claims would be read as the same. */
function parseObject(part: string): Record<string, unknown> | null {
  const bytes = Buffer.from(part, 'base64url');
  if (!isUtf8(bytes)) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
