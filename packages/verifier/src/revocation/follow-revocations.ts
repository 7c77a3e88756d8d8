import { performance } from 'node:perf_hooks'; // the global of that name is a getter
import { setTimeout as pause } from 'node:timers/promises';
import { HEARTBEAT_KIND, parseRevocation, REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY } from '@countersign/tokens';
import { Cluster, type Redis } from 'ioredis';
import type { Log } from '../keys/key-source.ts';
import { RevocationList } from './revocation-list.ts';
import type { RevocationStats, RevocationView } from './revocation-view.ts';
import { compareStreamIds, type StreamEntry, streamIdMs } from './stream-entry.ts';

export interface FollowOptions {
  /** Only duplicated: the follower blocks on a connection of its own. */
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
  /** Stops following and closes the connection. */
  close(): Promise<void>;
}

type Connection = Redis | Cluster;

/** One read without news; shorter where less staleness is allowed, so that a quiet list never looks stale. */
const LONGEST_BLOCK_MS = 1000;
/** An answer that takes longer than the block plus this will not come: the server is paused or gone. */
const ANSWER_LIMIT_MS = 2000;
const BATCH = 1000;
const LONGEST_PAUSE_MS = 1000;
/**
 * Auth beats once a second. Where answers come for so long and no heartbeat among them, this may be a master that was replaced
 * and does not know it yet: a new connection asks the sentinels again. Where there was never one, an operator should know.
 */
const BEAT_EXPECTED_MS = 5000;
const FORGET_EVERY_MS = 1000;

/**
 * Follows the auth service's list of revocations in memory. One loop: read what is new, check that the list is still the
 * same (its epoch), repeat. On any failure the connection is dropped and a new one continues, or reads from the start when
 * the list isn't the one read before. Reading again only adds: nothing that was refused is ever accepted again.
 */
export function followRevocations({ redis, maxStalenessSeconds = 30, maxSilenceSeconds = 900, log }: FollowOptions): RevocationFollower {
  const list = new RevocationList();
  const listeners: ((kid: string) => void)[] = [];
  const blockMs = Math.min(LONGEST_BLOCK_MS, maxStalenessSeconds * 250);
  const abort = new AbortController();

  /** The last entry read, and the last one in the list when reading began: only later heartbeats count. */
  let position = '0-0';
  let heartbeatsAfter = '0-0';
  let epoch: string | null = null;
  let inSync = false;
  let answeredAtMs: number | null = null;
  let heartbeatAtMs: number | null = null;
  let entryDelaySeconds: number | null = null;
  let withoutBeatSinceMs: number | null = null;
  let freshUntilMs = Number.NEGATIVE_INFINITY;

  async function run(): Promise<void> {
    let failures = 0;
    while (!abort.signal.aborted) {
      const connection = copyConnection(redis);
      connection.on('error', () => {}); // the command that fails reports it
      const stop = () => connection.disconnect();
      abort.signal.addEventListener('abort', stop);
      try {
        await withLimit(connection.connect(), ANSWER_LIMIT_MS);
        await resume(connection);
        if (failures > 0) log?.info({}, 'following revocations again');
        failures = 0;
        const connectedAtMs = performance.now();
        while (!abort.signal.aborted && !isWithoutBeat(connectedAtMs)) await readOn(connection);
      } catch (error) {
        if (failures === 0 && !abort.signal.aborted) log?.warn({ err: error }, 'revocations currently cannot be followed');
        failures += 1;
      } finally {
        abort.signal.removeEventListener('abort', stop);
        connection.disconnect();
      }
      await pause(Math.min(25 * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal: abort.signal, ref: false }).catch(() => {});
    }
  }

  function isWithoutBeat(connectedAtMs: number): boolean {
    return performance.now() - Math.max(connectedAtMs, heartbeatAtMs ?? 0) > BEAT_EXPECTED_MS;
  }

  /** After a (re)connection: continues where it was if the stream still reaches back that far, else starts over. */
  async function resume(connection: Connection): Promise<void> {
    const [first, lastId, currentEpoch] = await withLimit(
      Promise.all([
        connection.xrange(REVOCATION_STREAM_KEY, '-', '+', 'COUNT', 1),
        readLastId(connection),
        connection.get(REVOCATION_EPOCH_KEY),
      ]),
      ANSWER_LIMIT_MS,
    );
    const firstId = first[0]?.[0] ?? null;
    const reachesBack = firstId !== null && compareStreamIds(firstId, position) <= 0 && compareStreamIds(position, lastId) <= 0;
    if (currentEpoch === epoch && reachesBack) heartbeatsAfter = lastId;
    else startOver(currentEpoch, lastId);
  }

  function startOver(currentEpoch: string | null, lastId: string): void {
    if (inSync) log?.warn({ epoch: currentEpoch }, 'the list of revocations may be a different one: reading it from the start');
    epoch = currentEpoch;
    position = '0-0';
    heartbeatsAfter = lastId;
    inSync = false;
  }

  async function readOn(connection: Connection): Promise<void> {
    const entries = await readEntries(connection, position, blockMs);
    let heartbeat = false;
    for (const [id, fields] of entries) {
      position = id;
      if (fields.kind === HEARTBEAT_KIND) heartbeat ||= compareStreamIds(id, heartbeatsAfter) > 0;
      else addEntry(id, fields);
    }
    // Read after the entries: a heartbeat counts only if the list was the same before and after it was read. One that ends before
    // what was read of it is another one, or a forged entry was taken out again: what follows would stay unseen.
    const [currentEpoch, lastId] = await withLimit(
      Promise.all([connection.get(REVOCATION_EPOCH_KEY), readLastId(connection)]),
      ANSWER_LIMIT_MS,
    );
    if (currentEpoch !== epoch || compareStreamIds(position, lastId) > 0) return startOver(currentEpoch, lastId);
    noteAnswer(heartbeat);
  }

  function addEntry(id: string, fields: Readonly<Record<string, string>>): void {
    const entry = parseRevocation(fields);
    if (entry === null) return;
    const isKilledKey = list.add(entry);
    if (inSync) entryDelaySeconds = Math.max(0, Date.now() - streamIdMs(id)) / 1000;
    if (!isKilledKey) return;
    for (const listener of listeners) listener(entry.id);
  }

  /** An answer about a list that isn't known to be complete proves nothing, so it doesn't make the view fresher. */
  function noteAnswer(heartbeat: boolean): void {
    const nowMs = performance.now();
    if (heartbeat) {
      if (!inSync) log?.info({ size: list.size }, 'the list of revocations is complete');
      inSync = true;
      heartbeatAtMs = nowMs;
    }
    if (!inSync || heartbeatAtMs === null) {
      noteNoBeat(nowMs);
      return;
    }
    withoutBeatSinceMs = null;
    answeredAtMs = nowMs;
    freshUntilMs = Math.min(answeredAtMs + maxStalenessSeconds * 1000, heartbeatAtMs + maxSilenceSeconds * 1000);
  }

  /** Tells of it once. */
  function noteNoBeat(nowMs: number): void {
    withoutBeatSinceMs ??= nowMs;
    if (nowMs - withoutBeatSinceMs < Math.min(BEAT_EXPECTED_MS, maxStalenessSeconds * 1000)) return;
    withoutBeatSinceMs = Number.POSITIVE_INFINITY;
    log?.warn({}, 'no heartbeat of the auth service comes from this Redis: is it the one that auth writes to?');
  }

  const isFresh = () => performance.now() <= freshUntilMs;
  /** The slower of two clocks, this machine's and Redis': where one of them jumps ahead, nothing is forgotten too early. */
  const provenSeconds = () => Math.min(Date.now(), streamIdMs(position)) / 1000;
  const timer = setInterval(() => list.forget(provenSeconds()), FORGET_EVERY_MS).unref();
  const running = run();

  return {
    isKidRevoked: (kid) => list.isKidRevoked(kid),
    isRevoked: (token) => list.isRevoked(token),
    revision: () => list.revision,
    isFresh,
    notReady: () => {
      if (heartbeatAtMs === null) return 'the list of revocations has not been read yet';
      return isFresh() ? null : 'the list of revocations is too old';
    },
    onKidRevoked: (listener) => void listeners.push(listener),
    stats: () => ({
      size: list.size,
      answerAgeSeconds: ageSeconds(answeredAtMs),
      heartbeatAgeSeconds: ageSeconds(heartbeatAtMs),
      entryDelaySeconds,
      inSync,
    }),
    async close() {
      clearInterval(timer);
      abort.abort();
      await running;
    },
  };
}

async function readLastId(connection: Connection): Promise<string> {
  const [last] = await connection.xrevrange(REVOCATION_STREAM_KEY, '+', '-', 'COUNT', 1);
  return last?.[0] ?? '0-0';
}

async function readEntries(connection: Connection, after: string, blockMs: number): Promise<StreamEntry[]> {
  const reply = await withLimit(
    connection.xread('COUNT', BATCH, 'BLOCK', blockMs, 'STREAMS', REVOCATION_STREAM_KEY, after),
    blockMs + ANSWER_LIMIT_MS,
  );
  return (reply?.[0]?.[1] ?? []).map(([id, fields]) => [id, toRecord(fields)]);
}

function toRecord(fields: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let i = 0; i + 1 < fields.length; i += 2) record[fields[i] as string] = fields[i + 1] as string;
  return record;
}

/** The loop does the reconnecting: a duplicate that did it by itself would hide that the server may now be a different one. */
function copyConnection(redis: Connection): Connection {
  if (redis instanceof Cluster) {
    return redis.duplicate([], { lazyConnect: true, clusterRetryStrategy: () => null, redisOptions: { commandTimeout: undefined } });
  }
  return redis.duplicate({
    lazyConnect: true,
    commandTimeout: undefined,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
  });
}

async function withLimit<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Redis did not answer within ${limitMs} ms`)), limitMs);
  promise.catch(() => {}); // when it loses the race, its failure doesn't matter
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function ageSeconds(atMs: number | null): number | null {
  return atMs === null ? null : (performance.now() - atMs) / 1000;
}
