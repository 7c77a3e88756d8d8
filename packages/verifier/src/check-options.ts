import { CLOCK_MARGIN_SECONDS, isSigningAlg, SIGNING_ALGS } from '@countersign/tokens';
import type { FollowOptions } from './revocation/follow-revocations.ts';
import type { RevocationView } from './revocation/revocation-view.ts';
import type { AccessTokenRules } from './token/verify-access-token.ts';

export interface CheckedOptions extends AccessTokenRules {
  readonly audience: readonly string[];
  readonly revocations: RevocationView | FollowOptions;
}

/**
 * Types don't reach a service in plain JavaScript, nor an environment variable that isn't set: an issuer that is `undefined`
 * would be that of every token without one.
 *
 * @throws Error in a sentence about the first option that can't be meant
 */
export function checkOptions({ issuer, audience, algorithms, clockToleranceSeconds, revocations }: CheckedOptions): void {
  if (!isText(issuer)) throw new Error('issuer must be the URL that tokens have as their iss');
  if (audience.length === 0 || !audience.every(isText)) throw new Error('audience must name at least one audience');
  if (algorithms.length === 0 || !algorithms.every(isSigningAlg)) throw new Error(`algorithms must be some of ${SIGNING_ALGS.join(', ')}`);
  if (!(clockToleranceSeconds >= 0)) throw new Error('clockToleranceSeconds must be a number from 0 on');
  // A revocation is forgotten so long after its tokens have expired: they must be refused by then for that.
  if (clockToleranceSeconds > CLOCK_MARGIN_SECONDS) throw new Error(`clockToleranceSeconds must be at most ${CLOCK_MARGIN_SECONDS}`);
  if (!isRevocationSource(revocations)) throw new Error('revocations must be { redis }, a connection of ioredis, or a RevocationView');
}

function isRevocationSource(value: unknown): boolean {
  const { redis, isRevoked } = (value ?? {}) as Partial<RevocationView & FollowOptions>;
  return typeof (redis?.xread ?? isRevoked) === 'function';
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
