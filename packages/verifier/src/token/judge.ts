import { Problem } from '@countersign/problems';
import { type AccessTokenClaims, type CompactToken, hasAudience, parseCompactToken } from '@countersign/tokens';
import { andThen } from '../and-then.ts';
import type { KeySource } from '../keys/key-source.ts';
import type { VerificationKey } from '../keys/verification-key.ts';
import { parseBearer } from '../request/presented-token.ts';
import type { RevocationView, VerifiedToken } from '../revocation/revocation-view.ts';
import { createSignatureCheck } from './signature-check.ts';
import { credentialsOf, TokenCache } from './token-cache.ts';
import { type AccessTokenRules, judgeHeader, verifyAccessToken } from './verify-access-token.ts';

export interface JudgeOptions extends AccessTokenRules {
  readonly keys: KeySource;
  readonly revocations: RevocationView;
  /** Approximate memory for tokens that were found good; 64 MiB when left out. */
  readonly cacheBytes?: number;
  /** Passes over `exp` alone. For where a token can only end what it stands for, as at a sign-out; never for what it opens. */
  readonly acceptExpired?: boolean;
}

/** The verified token, or the refusal to answer with. */
export type Judgement = VerifiedToken | Problem;

/** What to do with a token when the revocation view is too stale to tell. */
export type OnStale = 'reject' | 'accept';

/** @param audience - for an audience that differs from call to call: one of these must be among the token's audiences as well */
export interface Judge {
  (token: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement>;
  /** The same for what an `Authorization` header holds, which is recognized as it comes: the quickest way. */
  authorization(authorization: string, onStale: OnStale, audience?: readonly string[]): Judgement | Promise<Judgement>;
  stats(): JudgeStats;
}

export interface JudgeStats {
  /** Tokens that were found good and are remembered. */
  readonly cached: number;
  /** Tokens that were already remembered when presented. */
  readonly hits: number;
  /** Tokens that had to be taken apart, good ones and bad ones. */
  readonly misses: number;
}

interface Entry extends VerifiedToken {
  readonly credentials: string;
  readonly key: VerificationKey;
  /** In whole seconds: V8 keeps such a number within the object. */
  readonly expiresAt: number;
  /** The view's revision when it last said that this token isn't revoked. */
  goodAtRevision: number | undefined;
}

/**
 * Judges access tokens. The order is fixed: the first rule that fails names the refusal. A token that was good before costs
 * a look-up, its expiry and, when anything was revoked since, the revocation view; only a new one costs parsing and a
 * signature. It returns a promise only when a key must be fetched, several new tokens came at once, or the view has to ask.
 */
export function createJudge(options: JudgeOptions): Judge {
  const { keys, revocations, cacheBytes = 64 * 1024 * 1024, acceptExpired = false, ...rules } = options;
  const cache = new TokenCache<Entry>({ maxBytes: cacheBytes });
  const checkSignature = createSignatureCheck();
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

  function recognize(credentials: string): Entry | null {
    const known = cache.find(credentials);
    if (known === undefined) return null;
    if (keys.find(known.kid) === known.key) {
      hits += 1;
      return known;
    }
    cache.delete(known);
    return null;
  }

  function judgeNew(token: string, onStale: OnStale, audience: readonly string[] | undefined): Judgement | Promise<Judgement> {
    misses += 1;
    const compact = parseCompactToken(token);
    if (compact === null) return new Problem('token_malformed');
    const { kid } = compact.header;
    const killed = typeof kid === 'string' && revocations.isKidRevoked(kid);
    return andThen(killed, (isKilled) => {
      if (isKilled) return revoked();
      const refusal = judgeHeader(compact, rules);
      if (refusal !== null) return refusal;
      return andThen(findKey(kid as string), (key) => {
        if (key === null) return withoutKey(compact, kid as string);
        return andThen(verifyAccessToken(compact, key, rules, checkSignature), (claims) =>
          claims instanceof Problem ? claims : judgeVerified({ token, key, claims }, onStale, audience),
        );
      });
    });
  }

  /** Remembers the token if it is good. */
  function judgeVerified(
    { token, key, claims }: { readonly token: string; readonly key: VerificationKey; readonly claims: AccessTokenClaims },
    onStale: OnStale,
    audience: readonly string[] | undefined,
  ): Judgement | Promise<Judgement> {
    const entry: Entry = {
      credentials: flatCopy(credentialsOf(token)),
      kid: key.kid,
      key,
      claims,
      expiresAt: acceptExpired ? Number.POSITIVE_INFINITY : claims.exp + rules.clockToleranceSeconds,
      goodAtRevision: undefined,
    };
    return andThen(judgeNow(entry, onStale, audience), (judgement) => {
      if (judgement === entry) cache.add(entry);
      return judgement;
    });
  }

  function judgeNow(entry: Entry, onStale: OnStale, audience: readonly string[] | undefined): Judgement | Promise<Judgement> {
    if (audience !== undefined && !hasAudience(entry.claims, audience)) return new Problem('token_wrong_audience');
    if (Date.now() >= entry.expiresAt * 1000) {
      cache.delete(entry);
      return new Problem('token_expired');
    }
    const revision = revocations.revision?.();
    if (revision !== undefined && revision === entry.goodAtRevision) return judgeRevocation(entry, false, onStale);
    return andThen(revocations.isRevoked(entry), (isRevoked) => {
      if (!isRevoked) entry.goodAtRevision = revision;
      return judgeRevocation(entry, isRevoked, onStale);
    });
  }

  /** A known revocation is enforced however stale the view is. */
  function judgeRevocation(entry: Entry, isRevoked: boolean, onStale: OnStale): Judgement {
    if (isRevoked) return revoked();
    return onStale === 'accept' || revocations.isFresh() ? entry : new Problem('revocation_unavailable');
  }

  function findKey(kid: string): VerificationKey | null | Promise<VerificationKey | null> {
    const key = keys.find(kid);
    if (key !== undefined) return key;
    if (isRetired(kid)) return null;
    const refresh = keys.refresh();
    return refresh === null ? null : refresh.then(() => keys.find(kid) ?? null);
  }

  /**
   * What a retired key has signed has expired, and what a killed one has signed is revoked. In both cases the client should refresh,
   * which `token_invalid` would keep it from. The claims were not verified, but whatever they say the token is refused.
   */
  function withoutKey({ payload: { exp } }: CompactToken, kid: string): Problem {
    if (keys.notReady() !== null) return new Problem('unavailable');
    if (!isRetired(kid)) return new Problem('token_invalid', { detail: 'The kid names no published key.' });
    return typeof exp === 'number' && Date.now() >= (exp + rules.clockToleranceSeconds) * 1000 ? new Problem('token_expired') : revoked();
  }

  function isRetired(kid: string): boolean {
    return keys.isRetired?.(kid) ?? false;
  }

  return Object.assign(judge, { authorization: judgeAuthorization, stats: () => ({ cached: cache.size, hits, misses }) });
}

function revoked(): Problem {
  return new Problem('token_revoked');
}

/** A slice keeps the string it was cut from alive, here a whole header. A token is ASCII. */
function flatCopy(token: string): string {
  return Buffer.from(token, 'latin1').toString('latin1');
}
