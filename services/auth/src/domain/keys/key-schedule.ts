import { MAX_ACCESS_TOKEN_TTL_SECONDS, REVOCATION_STREAM_SECONDS, type SigningAlg } from '@countersign/tokens';
import type { SigningKeyRecord } from './signing-key-store.ts';

/** When keys change, derived from the rotation period. All in seconds. */
export interface KeySchedule {
  /** Of new keys; adopted when an instance starts. */
  readonly alg: SigningAlg;
  readonly rotationSeconds: number;
  /** `max-age` of the JWKS: how long a verifier may go without fetching it again. */
  readonly jwksMaxAgeSeconds: number;
  /**
   * How long a key is published before it signs: longer than any verifier keeps a JWKS, fetches and retries included. Periods below 150 s
   * leave less room, since this is at most half a period.
   */
  readonly publishSeconds: number;
  /** How long a key stays published after its last signature: the longest life of a token, and a minute for clock differences. */
  readonly retireSeconds: number;
  /** How long a key is then still kept, so that an expired token can sign out its session: the longest life of a session. */
  readonly rememberSeconds: number;
}

const DAY_SECONDS = 86_400;

/** Allowance beyond `max-age` for failed fetches and for auth instances that lag behind each other. */
const LONGEST_FETCHES_SECONDS = 60;

export function createKeySchedule(alg: SigningAlg, rotationDays: number, sessionMaxSeconds: number): KeySchedule {
  const rotationSeconds = rotationDays * DAY_SECONDS;
  const jwksMaxAgeSeconds = Math.max(1, Math.min(60, Math.floor(rotationSeconds / 10)));
  return {
    alg,
    rotationSeconds,
    jwksMaxAgeSeconds,
    publishSeconds: Math.min(jwksMaxAgeSeconds + LONGEST_FETCHES_SECONDS, rotationSeconds / 2),
    retireSeconds: REVOCATION_STREAM_SECONDS,
    rememberSeconds: sessionMaxSeconds,
  };
}

export interface KeyPlan {
  /** Kids of keys that no token needs any more, not even to sign out. */
  readonly forget: readonly string[];
  readonly promote: boolean;
  readonly make: readonly ('active' | 'reserve')[];
}

export function planKeys(records: readonly SigningKeyRecord[], schedule: KeySchedule, now: Date): KeyPlan {
  const active = records.find((key) => key.state === 'active');
  const reserve = findReserve(records);
  const forget = records.filter((key) => isForgettable(key, schedule, now)).map((key) => key.kid);
  if (active === undefined) return { forget, promote: reserve !== null, make: reserve === null ? ['active', 'reserve'] : ['reserve'] };
  if (reserve === null) return { forget, promote: false, make: ['reserve'] };
  const promote = isDue(active, reserve, schedule, now);
  return { forget, promote, make: promote ? ['reserve'] : [] };
}

/**
 * The algorithm of the next key: the reserve's, which an instance replaces only at its start (`adoptAlg`). So while SIGNING_ALG is being
 * changed, instances that have the old value don't undo the change.
 */
export function nextAlg(records: readonly SigningKeyRecord[], schedule: KeySchedule): SigningAlg {
  return findReserve(records)?.alg ?? schedule.alg;
}

export function findReserve(records: readonly SigningKeyRecord[]): SigningKeyRecord | null {
  return records.find((key) => key.state === 'reserve') ?? null;
}

export function isPublished(key: SigningKeyRecord, now: Date): boolean {
  if (key.state === 'retiring') return key.retiresAt !== null && key.retiresAt > now;
  return key.state !== 'killed';
}

/** Whether a key that is no longer active may still sign: only while its tokens expire before it stops being published. */
export function maySignOn(key: SigningKeyRecord, now: Date): boolean {
  return (
    key.state === 'retiring' && key.retiresAt !== null && key.retiresAt.getTime() - MAX_ACCESS_TOKEN_TTL_SECONDS * 1000 > now.getTime()
  );
}

function isForgettable(key: SigningKeyRecord, schedule: KeySchedule, now: Date): boolean {
  return key.state === 'retiring' && key.retiresAt !== null && key.retiresAt.getTime() + schedule.rememberSeconds * 1000 <= now.getTime();
}

function isDue(active: SigningKeyRecord, reserve: SigningKeyRecord, schedule: KeySchedule, now: Date): boolean {
  if (reserve.signableAt > now) return false;
  const askedFor = reserve.rotateAt !== null && reserve.rotateAt <= now;
  const activeForMs = now.getTime() - (active.activatedAt ?? active.createdAt).getTime();
  return askedFor || active.alg !== reserve.alg || activeForMs >= schedule.rotationSeconds * 1000;
}
