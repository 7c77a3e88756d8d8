import type { TokenAnswer } from './request-token.ts';
import { singleFlight } from './single-flight.ts';

interface KeptToken {
  readonly accessToken: string;
  /** From then on another token is asked for. This one is used until it expires, since auth may be down for a moment. */
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** How long before it expires a token is renewed; at most a tenth of its life. */
const RENEW_EARLY_SECONDS = 30;
/** The pause between attempts to renew a token that can still be used. */
const RENEW_AGAIN_MS = 1000;

/**
 * Keeps one token for all callers, and renews it shortly before it expires. The function returned gives that token; when told that one was
 * `refused`, it never gives that one again, but the next.
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
