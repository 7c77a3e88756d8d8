import { performance } from 'node:perf_hooks'; // the global of that name is a getter
import { setTimeout as pause } from 'node:timers/promises';
import { parseRevocation } from '@countersign/tokens';
import type { Cluster, Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { ANSWER_LIMIT_MS, type Connection, copyConnection, withLimit } from './connection.ts';
import { Freshness } from './freshness.ts';
import type { RevocationStats, RevocationView } from './revocation-view.ts';
import { RevokedIds } from './revoked-ids.ts';
import { type StreamEntry, streamIdMs } from './stream-entry.ts';
import { StreamReader } from './stream-reader.ts';

export interface FollowOptions {
  /** Only duplicated: the follower blocks on a connection of its own, which it renews when this one is closed, as in a failover. */
  readonly redis: Redis | Cluster;
  /** Longest time since Redis last answered; 30 when left out. */
  readonly maxStalenessSeconds?: number;
  /** Longest time since the auth service last confirmed that the list is complete; 900 when left out. */
  readonly maxSilenceSeconds?: number;
  readonly log?: Log;
}

/** A view in memory that follows the list until it is closed. */
export interface RevocationFollower extends RevocationView {
  stats(): RevocationStats;
  onKidRevoked(listener: (kid: string) => void): void;
  /** Stops following and closes the connection. */
  close(): Promise<void>;
}

/** One read without news; shorter where less staleness is allowed, so that a quiet list never looks stale. */
const LONGEST_BLOCK_MS = 1000;
const LONGEST_PAUSE_MS = 1000;
/**
 * Auth beats once a second. When Redis has answered for this long without a heartbeat, it may be a master that was replaced and does
 * not know it yet: a new connection asks the sentinels again. When there has never been one, an operator should know.
 */
const BEAT_EXPECTED_MS = 5000;
const FORGET_EVERY_MS = 1000;

/**
 * Follows the auth service's list of revocations in memory. One loop: read what is new, check that the list is still the
 * same (its epoch), repeat. On any failure the connection is dropped and a new one continues, or reads from the start when
 * the list isn't the one read before. Reading again only adds: nothing that was refused is ever accepted again.
 */
export function startFollowingRevocations({
  redis,
  maxStalenessSeconds = 30,
  maxSilenceSeconds = 900,
  log,
}: FollowOptions): RevocationFollower {
  const revoked = new RevokedIds();
  const listeners: ((kid: string) => void)[] = [];
  const abort = new AbortController();
  const stream = new StreamReader(Math.min(LONGEST_BLOCK_MS, maxStalenessSeconds * 250));
  const freshness = new Freshness({ maxStalenessSeconds, maxSilenceSeconds });
  let entryDelaySeconds: number | null = null;
  let withoutBeatSinceMs: number | null = null;
  const toldReasons = new Set<string>();

  async function run(): Promise<void> {
    let failures = 0;
    while (!abort.signal.aborted) {
      const connection = copyConnection(redis);
      let reason: unknown = null;
      connection.on('error', (error) => {
        reason ??= error;
      });
      const stop = () => connection.disconnect();
      abort.signal.addEventListener('abort', stop);
      redis.on('close', stop);
      try {
        await withLimit(connection.connect(), ANSWER_LIMIT_MS);
        if (!(await stream.resume(connection))) noteOtherList();
        if (failures > 0) log?.info({}, 'following revocations again');
        failures = 0;
        toldReasons.clear();
        const connectedAtMs = performance.now();
        while (!abort.signal.aborted && !isWithoutBeat(connectedAtMs)) await readOn(connection);
      } catch (error) {
        if (!abort.signal.aborted) noteFailure(isClosed(error) ? (reason ?? error) : error);
        failures += 1;
      } finally {
        abort.signal.removeEventListener('abort', stop);
        redis.off('close', stop);
        connection.disconnect();
      }
      await pause(Math.min(25 * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal: abort.signal, ref: false }).catch(() => {});
    }
  }

  /** Logs each reason once: after the lost connection that is logged first, the password may turn out to be wrong. */
  function noteFailure(error: unknown): void {
    const reason = String(error);
    if (!toldReasons.has(reason)) log?.warn({ err: error }, 'revocations currently cannot be followed');
    toldReasons.add(reason);
  }

  function isWithoutBeat(connectedAtMs: number): boolean {
    return performance.now() - Math.max(connectedAtMs, freshness.heartbeatAtMs ?? 0) > BEAT_EXPECTED_MS;
  }

  async function readOn(connection: Connection): Promise<void> {
    const { entries, hasHeartbeat } = await stream.read(connection);
    for (const entry of entries) addEntry(entry);
    if (await stream.isSame(connection)) noteAnswer(hasHeartbeat);
    else noteOtherList();
  }

  function addEntry([id, fields]: StreamEntry): void {
    const entry = parseRevocation(fields);
    if (entry === null) return;
    const isKilledKey = revoked.add(entry);
    if (freshness.inSync) entryDelaySeconds = Math.max(0, Date.now() - streamIdMs(id)) / 1000;
    if (!isKilledKey) return;
    for (const listener of listeners) listener(entry.id);
  }

  function noteOtherList(): void {
    if (freshness.inSync) log?.warn({ epoch: stream.epoch }, 'the list of revocations may be a different one: reading it from the start');
    freshness.noteOtherList();
  }

  function noteAnswer(hasHeartbeat: boolean): void {
    const wasInSync = freshness.inSync;
    freshness.noteAnswer(hasHeartbeat);
    if (freshness.inSync) withoutBeatSinceMs = null;
    else noteNoBeat(performance.now());
    if (freshness.inSync && !wasInSync) log?.info({ size: revoked.size }, 'the list of revocations is complete');
  }

  /** Warns once for each such time. */
  function noteNoBeat(nowMs: number): void {
    withoutBeatSinceMs ??= nowMs;
    if (nowMs - withoutBeatSinceMs < Math.min(BEAT_EXPECTED_MS, maxStalenessSeconds * 1000)) return;
    withoutBeatSinceMs = Number.POSITIVE_INFINITY; // told: from now on the time is never up
    log?.warn(
      {},
      'no heartbeat of the auth service comes from this Redis: is it the one that auth writes to, and the connection without a keyPrefix?',
    );
  }

  /** By the slower of two clocks, this machine's and Redis': if one of them jumps ahead, nothing is forgotten too early. */
  const provenSeconds = () => Math.min(Date.now(), streamIdMs(stream.position)) / 1000;
  const timer = setInterval(() => revoked.forget(provenSeconds()), FORGET_EVERY_MS).unref();
  const running = run();

  return {
    isKidRevoked: (kid) => revoked.isKidRevoked(kid),
    isRevoked: (token) => revoked.isRevoked(token),
    revision: () => revoked.revision,
    isFresh: () => freshness.isFresh(),
    notReady: () => freshness.notReady(),
    onKidRevoked: (listener) => void listeners.push(listener),
    stats: () => ({ size: revoked.size, ...freshness.ages(), entryDelaySeconds, inSync: freshness.inSync }),
    async close() {
      clearInterval(timer);
      abort.abort();
      await running;
    },
  };
}

/**
 * ioredis rejects with this whatever ended the connection. The reason, such as a refused password or certificate, comes with its
 * `error` event alone.
 */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'Connection is closed.';
}
