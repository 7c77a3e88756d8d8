import { connectRedis } from '@countersign/service';
import { BUSY_MS, findRedisServer, testDatabase, until } from '@countersign/testing';
import { REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY, type RevocationEntry, revokedKey } from '@countersign/tokens';
import { sql } from 'drizzle-orm';
import { type Test, test } from 'tap';
import type { FeedState } from '../../src/domain/revocation/outbox.ts';
import { startRevocationFeed } from '../../src/feed/start-revocation-feed.ts';
import { migrations } from '../../src/migrations.ts';
import { deleteOldRows } from '../../src/stores/old-rows.postgres.ts';
import { createRevocationList } from '../../src/stores/revocation-list.redis.ts';
import { revocations } from '../../src/stores/schema.ts';
import { feedStack, flushed, inSeconds, jti, NO_FEED, nextHeartbeat, readList } from './feed-stack.ts';

/** Several pages of the feed. */
const MANY = 1500;

const RECORD_KEY = '{countersign}:feed';

type Kind = 'found' | 'embedded';

/** Without a real Redis what is found is the stand-in, and once is enough. */
const isBare = findRedisServer() === null && !process.env.REDIS_URL;
const KINDS: readonly Kind[] = isBare ? ['embedded'] : ['found', 'embedded'];

for (const kind of KINDS) {
  const on = (title: string, body: (t: Test, kind: Kind) => Promise<void>) => test(`${title} (${kind})`, (t) => body(t, kind));

  on('an entry of each kind is in the stream and under its key when flush resolves or soon after', async (t, kind) => {
    const { startFeed, revoke, server } = await feedStack(t, kind);
    const feed = startFeed();
    await nextHeartbeat(server);
    const expiresAt = inSeconds(3660);
    const entries = [
      { kind: 'jti', id: 'a', expiresAt, before: null },
      { kind: 'sid', id: 'b', expiresAt, before: 1_800_000_000 },
      { kind: 'client', id: 'c-1', expiresAt, before: null },
      { kind: 'kid', id: 'd', expiresAt: null, before: null },
    ] as const;
    await revoke(...entries);
    await flushed(feed);
    t.strictSame((await readList(server.redis, server.keyPrefix)).entries, entries);
    const hashes = await until(async () => {
      const found = await Promise.all(entries.map((entry) => server.redis.hgetall(server.keyPrefix + revokedKey(entry))));
      return found.every((hash) => hash.kind !== undefined) ? found : null;
    });
    t.strictSame(hashes, [
      { kind: 'jti', id: 'a', expires_at: String(expiresAt) },
      { kind: 'sid', id: 'b', expires_at: String(expiresAt), before: '1800000000' },
      { kind: 'client', id: 'c-1', expires_at: String(expiresAt) },
      { kind: 'kid', id: 'd' },
    ]);
    t.equal(await server.redis.ttl(server.keyPrefix + revokedKey({ kind: 'kid', id: 'd' })), -1);
    const ttl = await server.redis.ttl(server.keyPrefix + revokedKey({ kind: 'jti', id: 'a' }));
    t.ok(ttl > 3600 && ttl <= 3661, `a jti's hash ends with the entry: ${ttl}`);
  });

  on('the stricter entry of one id stays under its key', async (t, kind) => {
    const { startFeed, revoke, server } = await feedStack(t, kind);
    const feed = startFeed();
    await nextHeartbeat(server);
    const [early, late] = [inSeconds(100), inSeconds(3660)];
    await revoke(
      { kind: 'sid', id: 'all', expiresAt: early, before: null },
      { kind: 'sid', id: 'all', expiresAt: late, before: 10 },
      { kind: 'sid', id: 'later', expiresAt: late, before: 20 },
      { kind: 'sid', id: 'later', expiresAt: early, before: 10 },
      { kind: 'sid', id: 'ended', expiresAt: late, before: 10 },
      { kind: 'sid', id: 'ended', expiresAt: early, before: null },
    );
    await server.redis.set(server.keyPrefix + revokedKey({ kind: 'sid', id: 'ended' }), 'no hash');
    await feed.flush();
    const read = (id: string) => server.redis.hgetall(server.keyPrefix + revokedKey({ kind: 'sid', id }));
    await until(async () => (await read('ended')).kind);
    t.strictSame(await read('all'), { kind: 'sid', id: 'all', expires_at: String(late) });
    t.strictSame(await read('later'), { kind: 'sid', id: 'later', expires_at: String(late), before: '20' });
    t.strictSame(await read('ended'), { kind: 'sid', id: 'ended', expires_at: String(late) });
  });

  on('two services that write to one Redis by mistake fight at the pace of heartbeats, and are told of it', async (t, kind) => {
    const { startFeed, server, logged } = await feedStack(t, kind);
    const { db } = await testDatabase(t, { migrations });
    const redis = connectRedis(server.url, { keyPrefix: server.keyPrefix });
    const begun = performance.now();
    const [ours, theirs] = [startFeed(), startRevocationFeed({ db, redis, log: { info() {}, warn() {}, error() {} } })];
    t.teardown(async () => {
      await theirs.close();
      redis.disconnect();
    });
    await until(() => ours.stats().rebuilds >= 3);
    const seconds = (performance.now() - begun) / 1000;
    t.ok(ours.stats().rebuilds <= 2 + seconds * 2, `${ours.stats().rebuilds} in ${seconds} s`);
    t.match(logged.join('\n'), /no other auth service/);
    t.match(logged.join('\n'), /every auth instance on this database has the same REDIS_URL/);
  });

  on('a heartbeat comes about once a second, takes the place of the one before, and names the epoch', async (t, kind) => {
    const { startFeed, server } = await feedStack(t, kind);
    startFeed();
    const first = await nextHeartbeat(server);
    const second = await nextHeartbeat(server);
    const third = await nextHeartbeat(server);
    for (const list of [first, second, third]) t.equal(list.heartbeats.length, 1);
    const at = (list: typeof first) => Number(list.heartbeats[0]?.streamId.split('-')[0]);
    t.ok(at(third) - at(first) >= 1600 && at(third) - at(first) < 3500, `${at(third) - at(first)} ms for two`);
    t.equal(third.epoch, first.epoch);
    t.match(third.fields.at(-1), { kind: 'heartbeat', id: third.epoch, expires_at: /^\d+$/ });
    const stays = Number(third.fields.at(-1)?.expires_at) - at(third) / 1000;
    t.ok(stays > 3650 && stays <= 3661, `it stays for as long as an entry does: ${stays} s`);
  });

  on('a list that is not ours any more is rebuilt under a new epoch within 2 s', async (t, kind) => {
    const { startFeed, revoke, server, db } = await feedStack(t, kind);
    const { redis, keyPrefix } = server;
    const [stream, epoch, record] = [REVOCATION_STREAM_KEY, REVOCATION_EPOCH_KEY, RECORD_KEY].map((key) => keyPrefix + key) as [
      string,
      string,
      string,
    ];
    const feed = startFeed();
    await nextHeartbeat(server);
    await revoke(jti('a'), jti('b'), { kind: 'kid', id: 'k', expiresAt: null, before: null }, jti('lapsed', inSeconds(-1)));
    await feed.flush();
    await until(async () => (await db.select().from(revocations).where(sql`sent_at is null`)).length === 0);

    const damages: Record<string, () => Promise<unknown>> = {
      'everything wiped': () => server.flush(),
      'the stream deleted': () => redis.del(stream),
      'the epoch deleted': () => redis.del(epoch),
      'another epoch': () => redis.set(epoch, 'foreign'),
      'the record deleted': () => redis.del(record),
      'the stream trimmed': () => redis.xtrim(stream, 'MAXLEN', 1),
      'the last entry deleted': async () => redis.xdel(stream, String((await redis.xrevrange(stream, '+', '-', 'COUNT', 2))[1]?.[0])),
      'the first entry deleted': async () => redis.xdel(stream, String((await redis.xrange(stream, '-', '+', 'COUNT', 1))[0]?.[0])),
      'an entry forged': () => redis.xadd(stream, '*', 'kind', 'jti', 'id', 'forged', 'expires_at', String(inSeconds(100))),
      'a heartbeat forged': () => redis.xadd(stream, '*', 'kind', 'heartbeat', 'id', 'x'),
      'an entry replaced by another': async () => {
        await redis.xdel(stream, String((await redis.xrange(stream, '-', '+', 'COUNT', 1))[0]?.[0]));
        await redis.xadd(stream, '*', 'kind', 'jti', 'id', 'forged', 'expires_at', String(inSeconds(100)));
      },
      'a string where the stream was': () => redis.set(stream, 'x'),
      'a hash where the epoch was': async () => {
        await redis.del(epoch);
        await redis.hset(epoch, 'a', '1');
      },
      'a list where the record was': async () => {
        await redis.del(record);
        await redis.rpush(record, 'a');
      },
      ...Object.fromEntries(
        ['length', 'newest', 'trimmed', 'beat'].map((field) => [`the record without '${field}'`, () => redis.hdel(record, field)]),
      ),
    };
    for (const [damage, inflict] of Object.entries(damages)) {
      const before = await redis.get(epoch).catch(() => null);
      const since = performance.now();
      await inflict();
      // The feed looks by itself, once a second: the first damage shows it, the others don't wait for it.
      if (damage !== 'everything wiped') feed.wake();
      const list = await until(async () => {
        const found = await readList(redis, keyPrefix).catch(() => null);
        return found !== null && found.heartbeats.length === 1 && found.heartbeats[0]?.epoch === found.epoch && found.epoch !== before
          ? found
          : null;
      });
      t.ok(performance.now() - since < 2000 + BUSY_MS, `${damage}: noticed after ${Math.round(performance.now() - since)} ms`);
      t.strictSame(list.ids, ['a', 'b', 'k'], `${damage}: every live entry is there, none that has lapsed, none forged`);
    }
    t.ok(feed.stats().rebuilds >= Object.keys(damages).length);
    t.match(await redis.hgetall(keyPrefix + revokedKey({ kind: 'jti', id: 'b' })), { id: 'b' }, 'the keyed entries come back too');
  });

  on('that there is no list before the first start is told at info, that one is lost later is a warning', async (t, kind) => {
    const { startFeed, server, logged } = await feedStack(t, kind);
    const aboutTheList = () => logged.filter((line) => line.includes('revocation list'));
    const feed = startFeed();
    await nextHeartbeat(server);
    t.strictSame(aboutTheList(), ['info: Redis has no revocation list yet; the first one is started']);
    t.equal(feed.stats().rebuilds, 0);
    await server.flush();
    await until(() => aboutTheList().length > 1);
    t.strictSame(aboutTheList().slice(1), ['warn: the revocation list in Redis was lost or changed; it is rebuilt the list is gone']);
    t.equal(feed.stats().rebuilds, 1);
  });

  on('what Redis holds before the first start is a warning: it is not the list of this database', async (t, kind) => {
    const remains = {
      'a whole list': { [REVOCATION_EPOCH_KEY]: 'foreign' },
      'a stream without its epoch': { [REVOCATION_STREAM_KEY]: 'anything' },
    };
    for (const [what, values] of Object.entries(remains)) {
      const { startFeed, server, logged } = await feedStack(t, kind);
      for (const [key, value] of Object.entries(values)) await server.redis.set(server.keyPrefix + key, value);
      startFeed();
      await nextHeartbeat(server);
      const levels = logged.filter((line) => line.includes('revocation list')).map((line) => line.split(':')[0]);
      t.strictSame(levels, ['warn'], what);
    }
  });

  on('an older copy of the list is not taken for ours', async (t, kind) => {
    const { startFeed, revoke, server } = await feedStack(t, kind);
    const { redis, keyPrefix } = server;
    const feed = startFeed();
    await revoke(jti('a'));
    const old = await nextHeartbeat(server);
    const rows = await redis.xrange(keyPrefix + REVOCATION_STREAM_KEY, '-', '+');
    const record = await redis.hgetall(keyPrefix + RECORD_KEY);
    await revoke(jti('b'));
    await feed.flush();
    // In one step, as a restart with an old file does it.
    const restore = redis.multi().del(keyPrefix + REVOCATION_STREAM_KEY, keyPrefix + RECORD_KEY);
    for (const [id, fields] of rows) restore.xadd(keyPrefix + REVOCATION_STREAM_KEY, id, ...fields);
    await restore.hset(keyPrefix + RECORD_KEY, { ...record, length: rows.length, newest: rows.at(-1)?.[0] }).exec();
    const list = await nextHeartbeat(server);
    t.strictSame(list.ids, ['a', 'b']);
    t.not(list.epoch, old.epoch);
  });

  on('a list that lacks the last entry, or has not given the last id, is not ours', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis, { minBeatGapMs: 0 });
    const now = inSeconds(0);
    const add = (feed: FeedState, nextEpoch: string) =>
      list.add({ feed, readAtMs: performance.now(), nextEpoch, entries: [jti('a')], mayBeat: true, now });
    const first = { ...(await add(NO_FEED, 'first')), rebuild: null };
    const second = { ...(await add(first, 'not needed')), rebuild: null };
    t.equal(second.epoch, 'first');
    // A fork: after a failover the other node went on from before our last entry, and has given later ids since.
    const fork = { ...second, lastEntryId: second.lastEntryId.replace(/\d+$/, '7777') };
    t.match(await add(fork, 'after the fork'), { fault: /last entry/, epoch: 'after the fork' });
    // Only heartbeats were lost: with a clock that is behind, ids that verifiers have read past would come again.
    const third = { ...(await add(NO_FEED, 'third')), rebuild: null };
    t.match(await add({ ...third, newestId: `${Date.now() + 60_000}-0` }, 'fourth'), { fault: /older copy/, epoch: 'fourth' });
    const fifth = { ...(await add(NO_FEED, 'fifth')), rebuild: null };
    const sameMs = { ...fifth, newestId: fifth.newestId.replace(/\d+$/, '7777') };
    t.match(await add(sameMs, 'sixth'), { fault: /older copy/, epoch: 'sixth' }, 'ids of one millisecond differ, too');
  });

  on('a step that Postgres never heard of is no damage', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis);
    const add = (feed: FeedState, ...ids: string[]) =>
      list.add({ feed, readAtMs: performance.now(), nextEpoch: 'e', entries: ids.map((id) => jti(id)), mayBeat: false, now: inSeconds(0) });
    const known = { ...(await add(NO_FEED, 'a')), rebuild: null };
    const { newestId } = await add(known, 'b');
    for (const turn of [1, 2]) t.match(await add(known), { fault: null, newestId }, `turn ${turn} after it`);
  });

  on('a list that is replaced gets its heartbeat in the next step, however young that of the old one is', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis);
    const add = async (feed: FeedState, nextEpoch: string) => {
      const addition = { feed, readAtMs: performance.now(), nextEpoch, entries: [jti('a')], mayBeat: true, now: inSeconds(0) };
      return { ...(await list.add(addition)), rebuild: null };
    };
    const beating = await add(await add(NO_FEED, 'first'), 'not needed');
    const again = await add(beating, 'not needed');
    t.equal(again.lastBeatMs, beating.lastBeatMs, 'in a list that stays, the young one is enough');
    const replaced = await add({ ...again, lastEntryId: again.lastEntryId.replace(/\d+$/, '7777') }, 'second');
    t.match(replaced, { fault: /last entry/, lastBeatMs: null });
    t.match(await add(replaced, 'not needed'), { fault: null, lastBeatMs: Number });
  });

  on('heartbeats go on when the clock of Redis is set back', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis);
    const add = async (feed: FeedState) => {
      const addition = { feed, readAtMs: performance.now(), nextEpoch: 'e', entries: [], mayBeat: true, now: inSeconds(0) };
      return { ...(await list.add(addition)), rebuild: null };
    };
    const beating = await add(await add(NO_FEED));
    const aheadMs = Date.now() + 3_600_000;
    await server.redis.hset(server.keyPrefix + RECORD_KEY, 'beat', `${aheadMs}-0`);
    const { fault, lastBeatMs } = await add(beating);
    t.equal(fault, null);
    t.ok(lastBeatMs !== null && lastBeatMs < aheadMs);
  });

  on('a step is tried again when the clock of Redis is not what this process took it for', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const redis = Object.assign(server.redis.duplicate(), { time: async () => [inSeconds(-60), 0] });
    t.teardown(() => redis.disconnect());
    const addition = { feed: NO_FEED, nextEpoch: 'e', entries: [], mayBeat: true, now: inSeconds(0) };
    t.match(await createRevocationList(redis).add({ ...addition, readAtMs: performance.now() }), { epoch: 'e' });
  });

  on('Redis is in reach while there is a connection, and not while one is being made', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const redis = server.redis.duplicate();
    t.teardown(() => redis.disconnect());
    const list = createRevocationList(redis);
    t.equal(list.isReachable(), false);
    await until(() => list.isReachable());
    redis.disconnect();
    await until(() => !list.isReachable());
  });

  on('entries whose keys could not be written are named, and others are not', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const gone = server.redis.duplicate();
    gone.disconnect();
    const entries = [{ ...jti('a'), seq: 1 }];
    t.strictSame(await createRevocationList(gone).key(entries), entries);
    t.strictSame(await createRevocationList(server.redis).key(entries), []);
  });

  on('a process that was stopped while it held the lock changes nothing when it goes on', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis, { minBeatGapMs: 0 });
    const addition = { nextEpoch: 'mine', entries: [jti('a')], mayBeat: true, now: inSeconds(0) };
    await t.rejects(list.add({ ...addition, feed: NO_FEED, readAtMs: performance.now() - 10_000 }), /too late/);
    t.equal(await server.redis.exists(server.keyPrefix + REVOCATION_EPOCH_KEY), 0);
    t.match(await list.add({ ...addition, feed: NO_FEED, readAtMs: performance.now() }), { epoch: 'mine' });
  });

  on('the stream is trimmed by time, but what is live moves to its end, and a killed key stays for ever', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis, { minBeatGapMs: 0, keepMs: 0 });
    // Ahead of the server's clock for as long as this takes: the slower of the two is the one that trims.
    const now = inSeconds(60);
    const kid = { kind: 'kid', id: 'k', expiresAt: null, before: null } as const;
    const entries = [jti('lapsed', 50), jti('lapses now', now), kid, jti('live', inSeconds(900))];
    let state = await list.add({ feed: NO_FEED, readAtMs: performance.now(), nextEpoch: 'e', entries, mayBeat: true, now });
    for (let turn = 0; turn < 3; turn++) {
      // What was written in this very millisecond is not old yet.
      const writtenAtMs = Date.now();
      await until(() => Date.now() > writtenAtMs, { everyMs: 1 });
      state = await list.add({
        feed: { ...state, rebuild: null },
        readAtMs: performance.now(),
        nextEpoch: `again-${turn}`,
        entries: [],
        mayBeat: true,
        // Set back a little: by that clock the heartbeat before would be live.
        now: now - turn,
      });
      t.equal(state.fault, null, 'a trim by the scripts is no damage');
    }
    const { ids, epoch, heartbeats } = await readList(server.redis, server.keyPrefix);
    t.strictSame(ids, ['k', 'live']);
    t.equal(epoch, 'e');
    t.equal(heartbeats.length, 1);
    const rows = await server.redis.xrange(server.keyPrefix + REVOCATION_STREAM_KEY, '-', '+');
    t.equal(state.lastEntryId, rows.at(-2)?.[0], 'without the last that moved, before the heartbeat, the list is not ours');
  });

  on('a step trims a thousand entries at most, since nobody else is served meanwhile', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const add = async (keepMs: number, feed: FeedState, ...entries: RevocationEntry[]) => {
      const list = createRevocationList(server.redis, { keepMs });
      const addition = { feed, readAtMs: performance.now(), nextEpoch: 'e', entries, mayBeat: false, now: inSeconds(60) };
      const added = await list.add(addition);
      return { state: { ...added, rebuild: null }, length: await server.redis.xlen(server.keyPrefix + REVOCATION_STREAM_KEY) };
    };
    const whole = await add(3_600_000, NO_FEED, ...Array.from({ length: 1001 }, (_, i) => jti(`lapsed-${i}`, 50)));
    t.equal(whole.length, 1001);
    // What was written in this very millisecond is not old yet.
    const writtenAtMs = Date.now();
    await until(() => Date.now() > writtenAtMs, { everyMs: 1 });
    const trimmed = await add(0, whole.state);
    t.equal(trimmed.length, 1);
    t.equal((await add(0, trimmed.state)).length, 0);
  });

  on('a list whose last entry has lapsed and was trimmed is still ours', async (t, kind) => {
    const { server } = await feedStack(t, kind);
    const list = createRevocationList(server.redis, { keepMs: 0 });
    const add = async (feed: FeedState, ...entries: RevocationEntry[]) => {
      const addition = { feed, readAtMs: performance.now(), nextEpoch: 'e', entries, mayBeat: false, now: inSeconds(60) };
      return { ...(await list.add(addition)), rebuild: null };
    };
    let state = await add(NO_FEED, jti('lapsed', 50));
    for (const turn of [1, 2]) {
      state = await add(state);
      t.equal(state.fault, null, `turn ${turn}`);
    }
    t.strictSame((await readList(server.redis, server.keyPrefix)).ids, []);
  });

  on('what is young by the clock of Redis or by that of Postgres is not trimmed', async (t, kind) => {
    const cases = {
      'Postgres is ahead': { now: inSeconds(60), keepMs: 30_000 },
      'Redis is ahead': { now: inSeconds(-60), keepMs: 0 },
      'Postgres is in 1970': { now: 10, keepMs: 30_000 },
    };
    for (const [clocks, { now, keepMs }] of Object.entries(cases)) {
      const { server } = await feedStack(t, kind);
      const list = createRevocationList(server.redis, { keepMs });
      const addition = { readAtMs: performance.now(), nextEpoch: 'e', mayBeat: false, now };
      const state = await list.add({ ...addition, feed: NO_FEED, entries: [jti('lapsed', 5)] });
      t.match(await list.add({ ...addition, feed: { ...state, rebuild: null }, entries: [] }), { fault: null }, clocks);
      t.strictSame((await readList(server.redis, server.keyPrefix)).ids, ['lapsed'], clocks);
    }
  });

  on('one call may revoke more than a page, and all arrive', async (t, kind) => {
    const { startFeed, revoke, server } = await feedStack(t, kind);
    const feed = startFeed();
    await nextHeartbeat(server);
    await revoke(...Array.from({ length: MANY }, (_, i) => jti(`many-${i}`)));
    await feed.flush();
    // The heartbeat is an entry, too. To read the whole list again and again would keep the stand-in from its work.
    const whole = async () => {
      if ((await server.redis.xlen(server.keyPrefix + REVOCATION_STREAM_KEY)) <= MANY) return null;
      const found = await readList(server.redis, server.keyPrefix);
      return found.heartbeats.length === 1 && found.ids.length === MANY ? found : null;
    };
    await until(whole, { timeoutMs: 40_000, everyMs: 100 });
    await server.flush();
    const list = await until(whole, { timeoutMs: 40_000, everyMs: 100 });
    t.equal(list.heartbeats.at(-1)?.epoch, list.epoch, 'also after a rebuild of several pages, whose heartbeat comes last');
  });

  on('entries that lapsed 30 days ago are deleted, those of keys and unsent ones are not', async (t, kind) => {
    const { revoke, db } = await feedStack(t, kind);
    const old = inSeconds(-31 * 86_400);
    await revoke(jti('gone', old), jti('kept', inSeconds(-29 * 86_400)), { kind: 'kid', id: 'k', expiresAt: null, before: null });
    await db.update(revocations).set({ sentAt: new Date() });
    await revoke(jti('unsent', old));
    t.match(await deleteOldRows(db), { revocations: 1 });
    const left = await db.select({ id: revocations.id }).from(revocations);
    t.strictSame(left.map(({ id }) => id).sort(), ['k', 'kept', 'unsent']);
  });
}
