import { connectRedis, type Database, type Redis } from '@countersign/service';
import { type Owner, type TestRedis, testDatabase, testRedis, until } from '@countersign/testing';
import { HEARTBEAT_KIND, parseRevocation, REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY, type RevocationEntry } from '@countersign/tokens';
import type { Log } from '../../src/domain/log.ts';
import type { FeedState } from '../../src/domain/revocation/outbox.ts';
import type { RunningFeed } from '../../src/feed/revocation-feed.ts';
import { startRevocationFeed } from '../../src/feed/start-revocation-feed.ts';
import { migrations } from '../../src/migrations.ts';
import { revokeMany } from '../../src/stores/revocations.postgres.ts';

export interface FeedStack {
  readonly db: Database;
  readonly databaseUrl: string | null;
  /** The test's own eyes; the feed has a connection like the service's. */
  readonly server: TestRedis;
  /** Level, message and fields of each line. */
  readonly logged: readonly string[];
  startFeed(): RunningFeed;
  revoke(...entries: readonly RevocationEntry[]): Promise<void>;
}

/** A database and a Redis with a feed between them. `embedded`: on the stand-ins, whatever the machine has. */
export async function feedStack(t: Owner, kind: 'found' | 'embedded' = 'found'): Promise<FeedStack> {
  const setting = process.env.COUNTERSIGN_TEST_SERVERS;
  if (kind === 'embedded') process.env.COUNTERSIGN_TEST_SERVERS = 'embedded';
  const { db, url: databaseUrl } = await testDatabase(t, { migrations });
  const server = await testRedis(t);
  if (setting === undefined) delete process.env.COUNTERSIGN_TEST_SERVERS;
  else process.env.COUNTERSIGN_TEST_SERVERS = setting;

  const logged: string[] = [];
  const log = createLog(logged);
  return {
    db,
    databaseUrl,
    server,
    logged,
    startFeed() {
      const redis = connectRedis(server.url, { keyPrefix: server.keyPrefix });
      redis.on('error', () => {});
      const feed = startRevocationFeed({ db, redis, log });
      t.teardown(async () => {
        await feed.close();
        redis.disconnect();
      });
      return feed;
    },
    revoke: (...entries) => db.transaction((tx) => revokeMany(tx, ...entries)),
  };
}

function createLog(lines: string[]): Log {
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push(`${level}: ${message} ${Object.values(fields).join(' ')}`.trim());
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

export function jti(id: string, expiresAt = inSeconds(900)): RevocationEntry {
  return { kind: 'jti', id, expiresAt, before: null };
}

/** What a verifier that reads the list from its start would hold, and what tells it that this is all. */
export async function readList(redis: Redis, keyPrefix = '') {
  const rows = await redis.xrange(`${keyPrefix}${REVOCATION_STREAM_KEY}`, '-', '+');
  const epoch = await redis.get(`${keyPrefix}${REVOCATION_EPOCH_KEY}`);
  const parsed = rows.map(([streamId, parts]) => {
    const fields: Record<string, string> = {};
    for (let i = 0; i + 1 < parts.length; i += 2) fields[String(parts[i])] = String(parts[i + 1]);
    return { streamId, fields, entry: parseRevocation(fields) };
  });
  return {
    epoch,
    fields: parsed.map(({ fields }) => fields),
    entries: parsed.flatMap(({ entry }) => (entry === null ? [] : [entry])),
    ids: [...new Set(parsed.flatMap(({ entry }) => (entry === null ? [] : [entry.id])))].sort(),
    heartbeats: parsed
      .filter(({ fields }) => fields.kind === HEARTBEAT_KIND)
      .map(({ streamId, fields }) => ({ streamId, epoch: fields.id })),
  };
}

/** Waits for a heartbeat that is written from now on, in a list whose name is the heartbeat's. */
export async function nextHeartbeat(server: Pick<TestRedis, 'redis' | 'keyPrefix'>) {
  const read = () => readList(server.redis, server.keyPrefix).catch(() => null);
  const before = (await read())?.heartbeats.at(-1)?.streamId;
  return until(async () => {
    const list = await read();
    const beat = list?.heartbeats.at(-1);
    return beat !== undefined && beat.streamId !== before && beat.epoch === list?.epoch ? list : null;
  });
}

/** Sends what was revoked. A flush gives up after 250 ms, which a busy machine may need, and at once while turns fail. */
export async function flushed(feed: RunningFeed): Promise<void> {
  await until(() => feed.flush());
}

/** What Postgres knows before the first list. */
export const NO_FEED: FeedState = { epoch: '', lastEntryId: '0-0', newestId: '0-0', rebuild: null };
