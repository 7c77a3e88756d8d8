import type { CompactToken } from '@countersign/tokens';
import type { VerificationKey } from '../keys/verification-key.ts';

export type SignatureCheck = (key: VerificationKey, token: CompactToken) => boolean | Promise<boolean>;

/**
 * Checks the first signature of each turn of the event loop at once, which costs least, and the others on libuv's threads: a flood of bad
 * tokens, or a restart after which every token is new, leaves this thread free for requests whose tokens are known.
 */
export function createSignatureCheck(): SignatureCheck {
  let isFirst = true;
  return (key, { signingInput, signature }) => {
    if (!isFirst) return key.verifyAside(signingInput, signature);
    isFirst = false;
    setImmediate(() => {
      isFirst = true;
    });
    return key.verify(signingInput, signature);
  };
}
