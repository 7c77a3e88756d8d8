import { waitOut } from './wait-out.ts';

// A revocation that a session or a client survives refuses every token with `iat < before`. `iat` has whole seconds, so of two tokens
// of one second nobody could tell which was signed before the revocation and which after: `before` is the coming second, and nothing is
// signed until it has begun. A session remembers it as `accessNotBefore`, a client as `tokensNotBefore`.

/** The coming second, and some room. What is further ahead was set before the database's clock was set back. */
const LONGEST_WAIT_SECONDS = 2;

/** What survives revocations, as one reading of the database shows it; `now` is the database's clock, Unix seconds with fractions. */
export interface Survivor<Reading> {
  readonly notBefore: (reading: Reading) => number;
  /** `null` when it has ended meanwhile. */
  readonly readAgain: () => Promise<Reading | null>;
}

/**
 * A reading by which tokens may be signed now. What was read in the second of a revocation may have been changed again in
 * it, by another one that ends with the same second: so it is read again after the wait.
 */
export async function waitOutRevocation<Reading extends { readonly now: number }>(
  reading: Reading,
  survivor: Survivor<Reading>,
): Promise<Reading | null> {
  const notBefore = survivor.notBefore(reading);
  if (notBefore <= reading.now) return reading;
  await waitFor(notBefore, reading.now);
  const later = await survivor.readAgain();
  return later === null ? null : await waitOutRevocation(later, survivor);
}

/**
 * The `iat` of a token that is signed now. It waits until that second has begun, in case its caller hasn't.
 *
 * @param now - the database's clock, Unix seconds with fractions
 */
export async function signingTime(now: number, notBefore: number): Promise<number> {
  const iat = Math.max(Math.floor(now), notBefore);
  await waitFor(iat, now);
  return iat;
}

function waitFor(second: number, now: number): Promise<void> {
  return waitOut(second - now, LONGEST_WAIT_SECONDS, 'a revocation');
}
