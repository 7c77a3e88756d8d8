import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster, Redis } from 'ioredis';
import type { Log } from '../log.ts';
import { type Connection, onOwnConnection } from './connection.ts';
import { FailedAttempts } from './failed-attempts.ts';
import { ListInMemory } from './list-in-memory.ts';
import type { RevocationStats, RevocationView } from './revocation-view.ts';
import { streamIdMs } from './stream-entry.ts';
import { StreamReader } from './stream-reader.ts';

export interface FollowOptions {
  /**
   * Only duplicated: the follower blocks on its own copy, and makes a new one when this connection is closed, as in a failover. It needs
   * only the right to read, and must have no `keyPrefix`.
   */
  readonly redis: Redis | Cluster;
  /** The longest time since Redis last answered; past it revocation is unknown; 30 when left out. */
  readonly maxStalenessSeconds?: number;
  /** The longest time since the auth service confirmed that the list is complete; past it revocation is unknown; 900 when left out. */
  readonly maxSilenceSeconds?: number;
  /** In the plugin the app's own when left out. */
  readonly log?: Log;
}

/** A view in memory that follows the list until it is closed. */
export interface RevocationFollower extends RevocationView {
  stats(): RevocationStats;
  onKidRevoked(listener: (kid: string) => void): void;
  /** Stops following and closes the connection. */
  close(): Promise<void>;
}

/** The longest that one read waits for news; less where less staleness is allowed, so that a quiet list never looks stale. */
const LONGEST_BLOCK_MS = 1000;
const FORGET_EVERY_MS = 1000;

/**
 * Follows the auth service's list of revocations in memory. One loop: read what is new, check that the list is still the same (its epoch),
 * repeat. On any failure the connection is dropped. A new one continues, or reads from the start when the list is another one. Reading
 * again only adds: nothing that was refused is ever accepted again.
 */
export function startFollowingRevocations(options: FollowOptions): RevocationFollower {
  const { redis, maxStalenessSeconds = 30, maxSilenceSeconds = 900, log } = options;
  const stream = new StreamReader(Math.min(LONGEST_BLOCK_MS, Math.ceil(maxStalenessSeconds * 250)));
  const list = new ListInMemory({ maxStalenessSeconds, maxSilenceSeconds, log });
  const failed = new FailedAttempts(log);
  const abort = new AbortController();
  const { signal } = abort;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await onOwnConnection(redis, signal, follow);
      } catch (error) {
        if (!signal.aborted) failed.add(error);
      }
      await pause(failed.pauseMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  async function follow(connection: Connection): Promise<void> {
    if (!(await stream.resume(connection))) list.noteOtherList(stream.epoch);
    failed.end();
    const sinceMs = performance.now();
    while (!signal.aborted && !list.lacksBeat(sinceMs)) await readOn(connection);
  }

  async function readOn(connection: Connection): Promise<void> {
    const { entries, hasHeartbeat } = await stream.read(connection);
    for (const entry of entries) list.add(entry);
    if (await stream.isSame(connection)) list.noteAnswer(hasHeartbeat);
    else list.noteOtherList(stream.epoch);
  }

  /** By the slower of two clocks, this machine's and Redis': if one of them jumps ahead, nothing is forgotten too early. */
  const provenSeconds = () => Math.min(Date.now(), streamIdMs(stream.position)) / 1000;
  const { revoked, freshness } = list;
  const timer = setInterval(() => revoked.forget(provenSeconds()), FORGET_EVERY_MS).unref();
  const running = run();

  return {
    isKidRevoked: (kid) => revoked.isKidRevoked(kid),
    isRevoked: (token) => revoked.isRevoked(token),
    revision: () => revoked.revision,
    isFresh: () => freshness.isFresh(),
    notReady: () => freshness.notReady(),
    onKidRevoked: (listener) => list.onKidRevoked(listener),
    stats: () => list.stats(),
    async close() {
      clearInterval(timer);
      abort.abort();
      await running;
    },
  };
}
