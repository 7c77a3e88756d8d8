import { Problem } from '@countersign/problems';
import { hasAudience } from '@countersign/tokens';
import { andThen } from '../and-then.ts';
import type { KeySource } from '../keys/key-source.ts';
import { parseBearer } from '../request/presented-token.ts';
import type { RevocationView, VerifiedToken } from '../revocation/revocation-view.ts';
import { credentialsOf, TokenCache } from './token-cache.ts';
import type { AccessTokenRules } from './verify-access-token.ts';
import { createTokenVerifier, type ProvenToken } from './verify-new-token.ts';

export interface JudgeOptions extends AccessTokenRules {
  readonly keys: KeySource;
  readonly revocations: RevocationView;
  /** Approximate memory for tokens that were found good; 64 MiB when left out. */
  readonly cacheBytes?: number;
  /** Accepts expired tokens; all other rules hold. Only for a sign-out, where a token can do nothing but end itself or its session. */
  readonly acceptExpired?: boolean;
}

/** The verified token, or the refusal to answer with. */
export type Judgement = VerifiedToken | Problem;

/** What to do with a token when the revocation view is too stale to tell. */
export type OnStale = 'reject' | 'accept';

/** @param audience - one of these must be among the token's audiences as well; for an audience that differs from call to call */
export interface Judge {
  (token: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement>;
  /** The same for a whole `Authorization` header. The quickest way: a known token is looked up by the header as it is. */
  authorization(authorization: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement>;
  stats(): JudgeStats;
}

export interface JudgeStats {
  readonly cached: number;
  readonly hits: number;
  /** Tokens that had to be parsed, good ones and bad ones. */
  readonly misses: number;
}

interface KnownToken extends ProvenToken {
  readonly credentials: string;
  /** In seconds: V8 keeps a whole number of this size within the object. */
  readonly expiresAtSeconds: number;
  /** The view's revision when it last said that this token isn't revoked. */
  goodAtRevision: number | undefined;
}

/**
 * Judges access tokens. The order is fixed: the first rule that fails names the refusal. A token that was good before costs a look-up, its
 * expiry and, when anything was revoked since, the revocation view; only a new one costs parsing and a signature. For a token that was good
 * before, a promise is returned only when the view returns one.
 */
export function createJudge(options: JudgeOptions): Judge {
  const { keys, revocations, cacheBytes = 64 * 1024 * 1024, acceptExpired = false, clockToleranceSeconds } = options;
  const cache = new TokenCache<KnownToken>({ maxBytes: cacheBytes });
  const verify = createTokenVerifier(options);
  let [hits, misses] = [0, 0];

  function judge(token: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement> {
    const known = recognize(credentialsOf(token));
    return known === null ? judgeNew(token, onStale, audience) : judgeNow(known, onStale, audience);
  }

  function judgeAuthorization(authorization: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement> {
    const known = recognize(authorization);
    if (known !== null) return judgeNow(known, onStale, audience);
    const token = parseBearer(authorization);
    return token instanceof Problem ? token : judge(token, onStale, audience);
  }

  function recognize(credentials: string): KnownToken | null {
    const known = cache.find(credentials);
    if (known === undefined) return null;
    if (keys.find(known.kid) === known.key) {
      hits += 1;
      return known;
    }
    cache.delete(known);
    return null;
  }

  async function judgeNew(token: string, onStale: OnStale, audience: readonly string[] | undefined): Promise<Judgement> {
    misses += 1;
    const proven = await verify(token);
    if (proven instanceof Problem) return proven;
    const known = toKnown(token, proven);
    const judgement = await judgeNow(known, onStale, audience);
    if (!(judgement instanceof Problem)) cache.add(known);
    return judgement;
  }

  function toKnown(token: string, { kid, key, claims }: ProvenToken): KnownToken {
    const credentials = flatCopy(credentialsOf(token));
    const expiresAtSeconds = acceptExpired ? Number.POSITIVE_INFINITY : claims.exp + clockToleranceSeconds;
    return { credentials, kid, key, claims, expiresAtSeconds, goodAtRevision: undefined };
  }

  function judgeNow(known: KnownToken, onStale: OnStale, audience: readonly string[] | undefined): Judgement | Promise<Judgement> {
    if (audience !== undefined && !hasAudience(known.claims, audience)) return new Problem('token_wrong_audience');
    if (Date.now() >= known.expiresAtSeconds * 1000) {
      cache.delete(known);
      return new Problem('token_expired');
    }
    const revision = revocations.revision?.();
    if (revision !== undefined && revision === known.goodAtRevision) return unlessStale(known, onStale);
    return andThen(revocations.isRevoked(known), (isRevoked) => {
      if (isRevoked) return new Problem('token_revoked'); // however stale the view is
      known.goodAtRevision = revision;
      return unlessStale(known, onStale);
    });
  }

  function unlessStale(known: KnownToken, onStale: OnStale): Judgement {
    return onStale === 'accept' || revocations.isFresh() ? known : new Problem('revocation_unavailable');
  }

  return Object.assign(judge, { authorization: judgeAuthorization, stats: () => ({ cached: cache.size, hits, misses }) });
}

/** A slice keeps the string it was cut from alive, here a whole header. `latin1` loses nothing: a token is ASCII. */
function flatCopy(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1');
}
