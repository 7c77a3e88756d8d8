import { waitForSecond } from './wait-for-second.ts';

/**
 * The `iat` of a token that is signed now. After a revocation of everything before the coming second nothing may be
 * signed with an earlier `iat`, so it waits for that second, at most one.
 *
 * @param now - the database's clock, Unix seconds with fractions
 * @param notBefore - the `before` of the last such revocation, Unix seconds
 * @throws Problem `unavailable` where it is far ahead
 */
export async function signingTime(now: number, notBefore: number): Promise<number> {
  const iat = Math.max(Math.floor(now), notBefore);
  await waitForSecond(iat, now);
  return iat;
}
