import { maySignOn } from '../domain/keys/key-schedule.ts';
import type { Signer } from '../domain/keys/signer.ts';
import type { SigningKeyRecord } from '../domain/keys/signing-key-store.ts';

export interface ChosenSigner {
  /** `null` when no key can be read. */
  readonly signer: Signer | null;
  /** How long nothing may be signed yet: positive for a moment after a kill. */
  readonly earlyMs: number;
}

/**
 * The active key signs. If it can't be read, the previous signer continues for as long as its tokens are good.
 *
 * @param readable - by kid
 * @param former - the signer until now
 * @param now - by the database's clock
 */
export function chooseSigner(
  records: readonly SigningKeyRecord[],
  readable: ReadonlyMap<string, Signer>,
  former: Signer | null,
  now: Date,
): ChosenSigner {
  const active = records.find((key) => key.state === 'active');
  const signer = readable.get(active?.kid ?? '') ?? null;
  const mayStay = records.some((key) => key.kid === former?.kid && maySignOn(key, now));
  const activeFrom = active?.activatedAt ?? now;
  return { signer: signer ?? (mayStay ? former : null), earlyMs: activeFrom.getTime() - now.getTime() };
}
