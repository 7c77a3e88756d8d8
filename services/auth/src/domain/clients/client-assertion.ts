import { verify } from 'node:crypto';
import { type CompactToken, parseCompactToken } from '@countersign/tokens';
import { type ClientReading, isVisibleText } from './client.ts';
import { type AssertionAlg, clientKeys, isAssertionAlg } from './client-jwks.ts';

/** How far ahead, in seconds, an assertion may expire: it is made for one request. */
const MAX_ASSERTION_LIFE_SECONDS = 600;
const LEEWAY_SECONDS = 5;

/** `client-authentication+jwt` is what the successor of RFC 7523 asks for. An access token's `at+jwt` isn't among these. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

export interface VerifiedAssertion {
  readonly reading: ClientReading;
  readonly jti: string;
  /** When it is past any use, leeway included; Unix seconds. */
  readonly expiresAt: number;
}

/**
 * Verifies a `private_key_jwt` assertion (RFC 7523, section 3) with the keys that its client registered. Whether it has
 * been used before is not judged here.
 *
 * @returns null when anything about it is wrong
 */
export async function verifyClientAssertion(
  text: string,
  { issuer, find }: { readonly issuer: string; readonly find: (clientId: string) => Promise<ClientReading | null> },
): Promise<VerifiedAssertion | null> {
  const assertion = parseCompactToken(text);
  if (assertion === null) return null;
  const { alg, kid, typ } = assertion.header;
  if (!isAssertionAlg(alg) || !TYPES.includes(typ) || Object.hasOwn(assertion.header, 'crit')) return null;
  const { iss, sub, aud, exp, iat, nbf, jti } = assertion.payload;
  if (!isVisibleText(sub) || iss !== sub || !isVisibleText(jti) || !isAudience(aud, issuer)) return null;

  const reading = await find(sub);
  if (reading?.client.authMethod !== 'private_key_jwt') return null;
  const { now } = reading;
  if (!isNumber(exp) || exp <= now - LEEWAY_SECONDS || exp > now + MAX_ASSERTION_LIFE_SECONDS + LEEWAY_SECONDS) return null;
  if (!isPast(iat, now) || !isPast(nbf, now)) return null;
  if (!isSignedByOneOf(reading, assertion, alg, kid)) return null;
  return { reading, jti, expiresAt: Math.ceil(exp) + LEEWAY_SECONDS };
}

function isSignedByOneOf(reading: ClientReading, { signingInput, signature }: CompactToken, alg: AssertionAlg, kid: unknown): boolean {
  return clientKeys(reading.client.jwks, { alg, kid }).some((key) =>
    verify(key.digest, signingInput, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  );
}

/** Exactly the issuer (not the token endpoint): an assertion made for another server is good for nothing here. */
function isAudience(aud: unknown, issuer: string): boolean {
  return Array.isArray(aud) ? aud.length === 1 && aud[0] === issuer : aud === issuer;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A time that may be absent but, if it is there, has come. */
function isPast(value: unknown, now: number): boolean {
  return value === undefined || (isNumber(value) && value <= now + LEEWAY_SECONDS);
}
