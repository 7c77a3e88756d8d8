import type { TokenAnswer } from './request-token.ts';
import { singleFlight } from './single-flight.ts';

interface KeptToken {
  readonly accessToken: string;
  /** From then on another one is asked for, while this one is used until it expires: auth may be down for a moment. */
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** How long before its end a token is renewed; of one with a short life, a tenth of that. */
const RENEW_EARLY_SECONDS = 30;
/** Between two attempts to renew a token that can still be used. */
const RENEW_AGAIN_MS = 1000;

/**
 * Keeps one token for all who ask, and renews it shortly before it expires. What it returns gives that token; of `refused`, one that
 * was refused and must not be used again, it gives the next.
 */
export function keepToken(ask: () => Promise<TokenAnswer>): (refused: string | null) => Promise<string> {
  let kept: KeptToken | null = null;

  const renew = singleFlight(async () => {
    const { accessToken, expiresIn } = await ask();
    const expiresAtMs = performance.now() + expiresIn * 1000;
    kept = { accessToken, renewAtMs: expiresAtMs - Math.min(RENEW_EARLY_SECONDS, expiresIn / 10) * 1000, expiresAtMs };
    return accessToken;
  });

  return async (refused) => {
    const nowMs = performance.now();
    if (kept === null || kept.accessToken === refused || nowMs >= kept.expiresAtMs) return await renew();
    const { accessToken, renewAtMs } = kept;
    if (nowMs >= renewAtMs) {
      kept = { ...kept, renewAtMs: nowMs + RENEW_AGAIN_MS };
      renew().catch(() => {}); // a request that has no usable token renews it itself, and gets the error
    }
    return accessToken;
  };
}
