import { CLOCK_MARGIN_SECONDS, REVOCATION_STREAM_SECONDS, type RevocationEntry } from '@countersign/tokens';
import type { VerifiedToken } from './revocation-view.ts';

/** Calls of `forget` that one walk over all ids takes. */
const CALLS_PER_WALK = 60;

/**
 * Everything that was revoked and could still be presented. Only time removes entries, so none weakens another. An id costs its string and
 * one number: a million of them stay under 120 MB.
 */
export class RevokedIds {
  /** Ids refused outright, with their expiry in seconds. */
  readonly #refused = { jti: new Map<string, number>(), sid: new Map<string, number>(), client: new Map<string, number>() };
  /** Ids whose tokens are refused when `iat < before`, with their `before`. The last such token expires an hour after it. */
  readonly #refusedBefore = { sid: new Map<string, number>(), client: new Map<string, number>() };
  /** Permanent: a thief with the key would write any `exp`. */
  readonly #kids = new Set<string>();
  readonly #walks = [
    this.#walk(this.#refused.jti, CLOCK_MARGIN_SECONDS),
    this.#walk(this.#refused.sid, CLOCK_MARGIN_SECONDS),
    this.#walk(this.#refused.client, CLOCK_MARGIN_SECONDS),
    this.#walk(this.#refusedBefore.sid, REVOCATION_STREAM_SECONDS),
    this.#walk(this.#refusedBefore.client, REVOCATION_STREAM_SECONDS),
  ];

  #revision = 0;

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    const { jti, sid, client } = this.#refused;
    return jti.size + sid.size + client.size + this.#refusedBefore.sid.size + this.#refusedBefore.client.size + this.#kids.size;
  }

  isKidRevoked(kid: string): boolean {
    return this.#kids.has(kid);
  }

  isRevoked({ kid, claims }: VerifiedToken): boolean {
    const { jti, sid, client_id: client, iat } = claims;
    if (this.#kids.has(kid) || this.#refused.jti.has(jti)) return true;
    if (sid !== undefined && (this.#refused.sid.has(sid) || iat < (this.#refusedBefore.sid.get(sid) ?? 0))) return true;
    return this.#refused.client.has(client) || iat < (this.#refusedBefore.client.get(client) ?? 0);
  }

  /** @returns whether this kills a key that was not known to be killed */
  add({ kind, id, before, expiresAt }: RevocationEntry): boolean {
    this.#revision += 1;
    if (kind === 'kid') {
      if (this.#kids.has(id)) return false;
      this.#kids.add(id);
      return true;
    }
    if (before !== null && kind !== 'jti') raise(this.#refusedBefore[kind], id, before);
    else raise(this.#refused[kind], id, expiresAt ?? Number.MAX_SAFE_INTEGER);
    return false;
  }

  /** Forgets some of what has expired; call it about once a second. */
  forget(nowSeconds: number): void {
    for (const walk of this.#walks) walk(nowSeconds);
  }

  /** Cycles through a map, a share of it per call: a big map causes no pause, and needs no additional index. */
  #walk(map: Map<string, number>, keptSeconds: number): (nowSeconds: number) => void {
    let position = map.entries();
    return (nowSeconds) => {
      for (let left = Math.ceil(map.size / CALLS_PER_WALK); left > 0; left -= 1) {
        const next = position.next();
        if (next.done) {
          position = map.entries();
          return;
        }
        const [id, seconds] = next.value;
        if (seconds + keptSeconds < nowSeconds) map.delete(id);
      }
    };
  }
}

/** Of two entries for one id the stricter one wins: the later time. */
function raise(map: Map<string, number>, id: string, seconds: number): void {
  const known = map.get(id);
  if (known === undefined || known < seconds) map.set(id, seconds);
}
