import { verify } from 'node:crypto';
import { type CompactToken, parseCompactToken } from '@countersign/tokens';
import { type ClientReading, type ClientRefusal, isVisibleText } from './client.ts';
import { type ClientKey, clientKeys, isAssertionAlg } from './client-jwks.ts';

/** An assertion is made for one request, so it may not expire further ahead than this. */
const MAX_ASSERTION_LIFE_SECONDS = 600;
const LEEWAY_SECONDS = 5;

/** The successor of RFC 7523 requires `client-authentication+jwt`. An access token's `at+jwt` must not pass as an assertion. */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'client-authentication+jwt'];

export interface VerifiedAssertion {
  readonly reading: ClientReading;
  readonly jti: string;
  /** From then on the assertion can't be used, leeway included; Unix seconds. */
  readonly expiresAtSeconds: number;
}

/** Verifies a `private_key_jwt` assertion (RFC 7523, section 3) with its client's registered keys. Does not check for replay. */
export async function judgeClientAssertion(
  text: string,
  { issuer, find }: { readonly issuer: string; readonly find: (clientId: string) => Promise<ClientReading | null> },
): Promise<VerifiedAssertion | ClientRefusal> {
  const assertion = parseCompactToken(text);
  if (assertion === null) return { claimedId: null, reason: 'the assertion is malformed' };
  const { alg, kid, typ } = assertion.header;
  const { iss, sub, aud, exp, iat, nbf, jti } = assertion.payload;
  const refuse = (reason: string): ClientRefusal => ({ claimedId: typeof sub === 'string' ? sub : null, reason });
  if (!isAssertionAlg(alg)) return refuse('alg is not supported');
  if (!TYPES.includes(typ)) return refuse('typ is not that of an assertion');
  if (Object.hasOwn(assertion.header, 'crit')) return refuse('crit is not supported');
  if (!isVisibleText(sub)) return refuse('sub is not the id of a client');
  if (iss !== sub) return refuse('iss is not sub');
  if (!isVisibleText(jti)) return refuse('jti is missing or malformed');
  if (!isAudience(aud, issuer)) return refuse('aud is not the issuer');

  const reading = await find(sub);
  if (reading === null) return refuse('unknown client');
  if (reading.client.authMethod !== 'private_key_jwt') return refuse('the client has a secret, and no key');
  const { now } = reading;
  if (!isNumber(exp)) return refuse('exp is missing or malformed');
  if (exp <= now - LEEWAY_SECONDS) return refuse('expired');
  if (exp > now + MAX_ASSERTION_LIFE_SECONDS + LEEWAY_SECONDS) return refuse('exp is too far ahead');
  if (!isPast(iat, now)) return refuse('iat is not in the past');
  if (!isPast(nbf, now)) return refuse('nbf is not in the past');
  const keys = clientKeys(reading.client.jwks, { alg, kid });
  if (keys.length === 0) return refuse('no key of this kid and alg');
  if (!keys.some((key) => isSignedBy(key, assertion))) return refuse('the signature is wrong');
  return { reading, jti, expiresAtSeconds: Math.ceil(exp) + LEEWAY_SECONDS };
}

function isSignedBy({ publicKey, digest }: ClientKey, { signingInput, signature }: CompactToken): boolean {
  return verify(digest, signingInput, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/** Only the issuer, not the token endpoint: an assertion made for another server must not work here. */
function isAudience(aud: unknown, issuer: string): boolean {
  return Array.isArray(aud) ? aud.length === 1 && aud[0] === issuer : aud === issuer;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** A time claim that may be absent, but must not lie in the future. */
function isPast(value: unknown, now: number): boolean {
  return value === undefined || (isNumber(value) && value <= now + LEEWAY_SECONDS);
}
