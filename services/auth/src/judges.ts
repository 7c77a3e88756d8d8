import { SIGNING_ALGS } from '@countersign/tokens';
import type { KeySource, RevocationView } from '@countersign/verifier';
import { createJudge, type Judge } from '@countersign/verifier/parts';

export interface JudgesOptions {
  readonly issuer: string;
  readonly keys: KeySource;
  /** By the database. */
  readonly revocations: RevocationView;
  /** By the list in Redis, which every verifier follows. */
  readonly followed: RevocationView;
}

/** For tokens that a request is about, whatever their audience. The verifier plugin judges the token that authenticates a request. */
export interface Judges {
  /** For a token that a client asks about, revokes or exchanges. */
  readonly judge: Judge;
  /** For a sign-out: takes expired tokens and, so that a second sign-out is no error, revoked ones, unless their key was killed. */
  readonly judgeExpired: Judge;
  /** For `/verify` alone: answers from memory. */
  readonly judgeFollowed: Judge;
}

/**
 * The verifier and `/verify` remember up to 64 MiB of tokens, since each token comes with many requests. Here a token comes once or a few
 * times: this has room for thousands, and a forgotten one only has its signature verified again. docs/operations.md adds these sizes up.
 */
const SELDOM_CACHE_BYTES = 8 * 1024 * 1024;

export function createJudges({ issuer, keys, revocations, followed }: JudgesOptions): Judges {
  const rules = { issuer, audience: null, algorithms: SIGNING_ALGS, clockToleranceSeconds: 5, keys };
  return {
    judge: createJudge({ ...rules, revocations, cacheBytes: SELDOM_CACHE_BYTES }),
    judgeExpired: createJudge({
      ...rules,
      acceptExpired: true,
      revocations: { ...revocations, isRevoked: () => false },
      cacheBytes: SELDOM_CACHE_BYTES,
    }),
    judgeFollowed: createJudge({ ...rules, revocations: followed }),
  };
}
