import { parseRevocation } from '@countersign/tokens';
import type { Log } from '../log.ts';
import { Freshness, type FreshnessLimits } from './freshness.ts';
import type { RevocationStats } from './revocation-view.ts';
import { RevokedIds } from './revoked-ids.ts';
import { type StreamEntry, streamIdMs } from './stream-entry.ts';

/**
 * Auth sends a heartbeat every second. A Redis that answers this long without one may be a replaced master that doesn't know it yet: a new
 * connection asks the sentinels again. While the list isn't known to be complete, an operator is warned after this time.
 */
const BEAT_EXPECTED_MS = 5000;

export interface ListOptions extends FreshnessLimits {
  readonly log: Log | undefined;
}

/** The list as read so far: what is revoked, how far that can be trusted, and who listens for killed keys. */
export class ListInMemory {
  readonly revoked = new RevokedIds();
  readonly freshness: Freshness;
  readonly #log: Log | undefined;
  readonly #warnAfterMs: number;
  readonly #listeners: ((kid: string) => void)[] = [];
  #entryDelaySeconds: number | null = null;
  /** When to warn that no heartbeat comes; `null` while the list is in sync. */
  #warnAtMs: number | null = null;

  constructor({ log, ...limits }: ListOptions) {
    this.freshness = new Freshness(limits);
    this.#log = log;
    this.#warnAfterMs = Math.min(BEAT_EXPECTED_MS, limits.maxStalenessSeconds * 1000);
  }

  onKidRevoked(listener: (kid: string) => void): void {
    this.#listeners.push(listener);
  }

  stats(): RevocationStats {
    const { revoked, freshness } = this;
    return { size: revoked.size, ...freshness.ages(), entryDelaySeconds: this.#entryDelaySeconds, inSync: freshness.inSync };
  }

  /** @param sinceMs - when the present connection began, by `performance.now()` */
  lacksBeat(sinceMs: number): boolean {
    return performance.now() - Math.max(sinceMs, this.freshness.heartbeatAtMs ?? 0) > BEAT_EXPECTED_MS;
  }

  add([id, fields]: StreamEntry): void {
    const entry = parseRevocation(fields);
    if (entry === null) return;
    const isKilledKey = this.revoked.add(entry);
    if (this.freshness.inSync) this.#entryDelaySeconds = Math.max(0, Date.now() - streamIdMs(id)) / 1000;
    if (isKilledKey) for (const listener of this.#listeners) listener(entry.id);
  }

  noteAnswer(hasHeartbeat: boolean): void {
    const wasInSync = this.freshness.inSync;
    this.freshness.noteAnswer(hasHeartbeat);
    if (this.freshness.inSync) this.#warnAtMs = null;
    else this.#noteNoBeat(performance.now());
    if (this.freshness.inSync && !wasInSync) this.#log?.info({ size: this.revoked.size }, 'the list of revocations is complete');
  }

  noteOtherList(epoch: string | null): void {
    if (this.freshness.inSync)
      this.#log?.warn({ epoch }, 'the list of revocations in Redis may have been replaced: reading it from the start');
    this.freshness.noteOtherList();
  }

  /** Warns once for each time without heartbeats. */
  #noteNoBeat(nowMs: number): void {
    this.#warnAtMs ??= nowMs + this.#warnAfterMs;
    if (nowMs < this.#warnAtMs) return;
    this.#warnAtMs = Number.POSITIVE_INFINITY;
    this.#log?.warn(
      {},
      'no heartbeat of the auth service comes from this Redis: check that auth is running and writes to this Redis, and that the connection has no keyPrefix',
    );
  }
}
