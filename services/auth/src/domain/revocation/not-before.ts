import { waitOut } from './wait-out.ts';

// A revocation that a session or client survives refuses every token with `iat < before`. Since `iat` has whole seconds, tokens signed
// before and after a revocation in the same second look alike. So `before` is the coming second, and nothing is signed until it has begun.
// A session stores it as `accessNotBefore`, a client as `tokensNotBefore`.

/** The coming second, and some room. Anything further ahead was written before the database's clock was set back. */
const LONGEST_WAIT_SECONDS = 2;

/**
 * A reading of a session or client for which tokens may be signed now. Reread after a wait, in case of another revocation in that second.
 *
 * @param reading - its `now` is the database's clock, Unix seconds with fractions
 * @returns `null` when the session or client has ended meanwhile
 */
export async function waitOutRevocation<Reading extends { readonly now: number }>(
  reading: Reading,
  notBeforeOf: (reading: Reading) => number,
  readAgain: () => Promise<Reading | null>,
): Promise<Reading | null> {
  const notBefore = notBeforeOf(reading);
  if (notBefore <= reading.now) return reading;
  await waitFor(notBefore, reading.now);
  const later = await readAgain();
  return later === null ? null : await waitOutRevocation(later, notBeforeOf, readAgain);
}

/**
 * The `iat` of a token that is signed now. Waits until that second has begun, for callers that haven't.
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
