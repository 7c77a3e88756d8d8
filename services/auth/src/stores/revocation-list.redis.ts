import { type Redis, RedisUnavailable } from '@countersign/service';
import {
  REVOCATION_EPOCH_KEY,
  REVOCATION_STREAM_KEY,
  REVOCATION_STREAM_SECONDS,
  type RevocationEntry,
  revokedKey,
} from '@countersign/tokens';
import type { Added, RevocationList } from '../domain/revocation/revocation-list.ts';
import { createScript } from './redis-script.ts';
import { ADD_TO_LIST, KEY_ENTRY } from './revocation-list.lua.ts';

/** How the last script left the stream. Only the scripts read it. */
const RECORD_KEY = '{countersign}:feed';

/** Each instance beats once a second; a heartbeat nearly as young as that is enough. */
const MIN_BEAT_GAP_MS = 800;

/** A script that hasn't begun by then must not run any more. The same as the connection's limit on an answer. */
const COMMAND_MS = 1000;

/** After this long another instance may have the lock, and know more: Postgres ends a transaction that is idle for 10 s. */
const LOCK_MS = 5000;

const addToList = createScript(ADD_TO_LIST);
const keyEntry = createScript(KEY_ENTRY);

/** For tests, which don't wait. */
export interface RevocationListOptions {
  readonly minBeatGapMs?: number;
  /** How long an entry stays in the stream. */
  readonly keepMs?: number;
}

export function createRevocationList(
  redis: Redis,
  { minBeatGapMs = MIN_BEAT_GAP_MS, keepMs = REVOCATION_STREAM_SECONDS * 1000 }: RevocationListOptions = {},
): RevocationList {
  const clock = createRedisClock(redis);

  async function add({ feed, readAtMs, nextEpoch, entries, mayBeat, now }: Parameters<RevocationList['add']>[0]): Promise<Added> {
    for (let attempt = 1; attempt <= 2; attempt++) {
      const nowMs = await clock.nowMs();
      const leftMs = Math.min(COMMAND_MS, LOCK_MS - Math.round(performance.now() - readAtMs));
      const args = [feed.epoch, nextEpoch, feed.lastEntryId, feed.newestId, String(now), String(nowMs + leftMs), mayBeat ? '1' : ''];
      const limits = [String(minBeatGapMs), String(keepMs)];
      const reply = parseReply(
        await addToList.run(
          redis,
          [REVOCATION_STREAM_KEY, REVOCATION_EPOCH_KEY, RECORD_KEY],
          [...args, ...limits, ...entries.flatMap(toArguments)],
        ),
      );
      clock.set(reply.nowMs);
      if (reply.added !== null) return reply.added;
    }
    throw new RedisUnavailable('Redis ran the script too late, twice');
  }

  return {
    isReachable: () => redis.status === 'ready',
    add,
    async key(entries) {
      const results = await Promise.allSettled(entries.map((entry) => keyEntry.run(redis, [revokedKey(entry)], toArguments(entry))));
      return entries.filter((_entry, index) => results[index]?.status === 'rejected');
    },
  };
}

function toArguments({ kind, id, expiresAt, before }: RevocationEntry): string[] {
  return [kind, id, String(expiresAt ?? ''), String(before ?? '')];
}

function parseReply(reply: unknown): { readonly nowMs: number; readonly added: Added | null } {
  if (!Array.isArray(reply) || !reply.every((part) => typeof part === 'string'))
    throw new Error('the script gave an answer that it never gives');
  const [fault = '', nowMs, epoch = '', lastEntryId = '', newestId = '', beat = '', isFirst] = reply;
  if (fault === 'late') return { nowMs: Number(nowMs), added: null };
  const lastBeatMs = beat === '' ? null : Number(beat.split('-')[0]);
  const added = { fault: fault === '' ? null : fault, isFirst: isFirst === '1', epoch, lastEntryId, newestId, lastBeatMs };
  return { nowMs: Number(nowMs), added };
}

/** Redis's clock as this process knows it: the time of its last answer, plus what has passed here since. */
function createRedisClock(redis: Redis) {
  let aheadMs: number | null = null;
  const set = (nowMs: number) => {
    aheadMs = nowMs - performance.now();
  };
  return {
    set,
    async nowMs(): Promise<number> {
      if (aheadMs === null) {
        const [seconds, microseconds] = await redis.time();
        set(Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000));
      }
      return Math.round((aheadMs ?? 0) + performance.now());
    },
  };
}
