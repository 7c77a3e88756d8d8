import { needsReal, type Owner, type TestRedis, testRedis, until } from '@countersign/testing';
import type { AccessTokenClaims } from '@countersign/tokens';
import { REVOCATION_EPOCH_KEY, REVOCATION_STREAM_KEY } from '@countersign/tokens';
import type { ChainableCommander } from 'ioredis';
import t from 'tap';
import { type FollowOptions, type RevocationFollower, startFollowingRevocations } from '../../src/revocation/follow-revocations.ts';
import { createFeed, nowSeconds } from '../feed.ts';

function token(claims: Partial<AccessTokenClaims> = {}, kid = 'k1') {
  const iat = nowSeconds();
  return { kid, claims: { iss: 'i', aud: 'a', sub: 's', client_id: 'c1', iat, exp: iat + 900, jti: 'j1', sid: 's1', ...claims } };
}

/** A Redis whose client puts the test's prefix before every key: the server may be shared. */
async function openRedis(t: Owner): Promise<TestRedis> {
  const server = await testRedis(t);
  const redis = server.redis.duplicate({ keyPrefix: server.keyPrefix });
  redis.on('error', () => {});
  t.teardown(() => redis.disconnect());
  return { ...server, redis };
}

function follow(t: Owner, { redis }: TestRedis, options: Partial<FollowOptions> = {}): RevocationFollower {
  const follower = startFollowingRevocations({ redis, ...options });
  t.teardown(() => follower.close());
  return follower;
}

/** Beats until the follower is in sync, as the auth service does about once a second. */
async function beatUntil(server: TestRedis, check: () => boolean): Promise<void> {
  const feed = createFeed(server.redis);
  await until(async () => {
    await feed.beat();
    return check();
  });
}

async function followed(t: Owner, options: Partial<FollowOptions> = {}) {
  const server = await openRedis(t);
  const feed = createFeed(server.redis);
  await feed.setEpoch('one');
  const follower = follow(t, server, options);
  await beatUntil(server, () => follower.stats().inSync);
  return { server, feed, follower };
}

t.test('every kind of entry refuses its tokens and no others', async (t) => {
  const { feed, follower } = await followed(t);
  const cases = [
    { entry: { kind: 'jti', id: 'j-out' }, refused: token({ jti: 'j-out' }) },
    { entry: { kind: 'sid', id: 's-out' }, refused: token({ sid: 's-out' }) },
    { entry: { kind: 'client', id: 'c-out' }, refused: token({ client_id: 'c-out' }) },
    { entry: { kind: 'kid', id: 'k-out' }, refused: token({}, 'k-out') },
  ] as const;
  for (const { entry, refused } of cases) {
    t.equal(follower.isRevoked(refused), false, `${entry.kind} before`);
    await feed.revoke(entry);
    await until(() => follower.isRevoked(refused) === true);
    t.equal(follower.isRevoked(token()), false, `${entry.kind}: another token`);
  }
  t.equal(follower.isKidRevoked('k-out'), true);
  const { entryDelaySeconds } = follower.stats();
  t.ok(entryDelaySeconds !== null && entryDelaySeconds < 5, `the last one took ${entryDelaySeconds} s`);
});

t.test('an entry with `before` refuses what was issued earlier and nothing later, and the stricter of two holds', async (t) => {
  const { feed, follower } = await followed(t);
  const before = nowSeconds();
  for (const kind of ['sid', 'client'] as const) {
    const claims = (iat: number) => token(kind === 'sid' ? { sid: 'x', iat } : { client_id: 'x', iat });
    await feed.revoke({ kind, id: 'x', before });
    await until(() => follower.isRevoked(claims(before - 1)) === true);
    t.equal(follower.isRevoked(claims(before)), false);
    await feed.revoke({ kind, id: 'x', before: before - 100 });
    await feed.revoke({ kind, id: `${kind}-marker` });
    await until(() => follower.isRevoked(token({ sid: 'sid-marker', client_id: 'client-marker' })) === true);
    t.equal(follower.isRevoked(claims(before - 1)), true, 'an earlier `before` takes nothing back');
    await feed.revoke({ kind, id: 'x' });
    await until(() => follower.isRevoked(claims(before + 100)) === true);
  }
});

t.test('entries of unknown kinds, without an id or with no sense in them are passed over', async (t) => {
  const { feed, follower } = await followed(t);
  await feed.addRaw({ kind: 'planet', id: 'mars' });
  await feed.addRaw({ kind: 'jti' });
  await feed.addRaw({ nonsense: '1' });
  await feed.addRaw({ kind: 'kid', id: 'k-out', expires_at: '12' });
  await until(() => follower.isKidRevoked('k-out') === true);
  t.equal(follower.stats().size, 1);
});

t.test('an entry that does not say when it expires is believed, not passed over', async (t) => {
  const { feed, follower } = await followed(t);
  t.equal(follower.isRevoked(token({ sid: 's-out' })), false);
  await feed.addRaw({ kind: 'sid', id: 's-out' });
  await until(() => follower.isRevoked(token({ sid: 's-out' })) === true);
});

t.test('a follower is in sync only after a heartbeat that was written since it began to read', async (t) => {
  const server = await openRedis(t);
  const feed = createFeed(server.redis);
  await feed.setEpoch('one');
  await feed.revoke({ kind: 'jti', id: 'j-out' });
  await feed.beat();
  const follower = follow(t, server);
  await until(() => follower.isRevoked(token({ jti: 'j-out' })) === true);
  t.match(follower.stats(), { inSync: false, heartbeatAgeSeconds: null, answerAgeSeconds: null, entryDelaySeconds: null });
  t.equal(follower.isFresh(), false);
  t.match(follower.notReady(), /not been read/);
  await beatUntil(server, () => follower.isFresh() === true);
  t.equal(follower.notReady(), null);
});

t.test('a Redis without heartbeats, as one that is not the auth service’s, is told of once', async (t) => {
  const server = await openRedis(t);
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void warnings.push(message) };
  const follower = follow(t, server, { log, maxStalenessSeconds: 1 });
  await until(() => warnings.length > 0);
  await createFeed(server.redis).revoke({ kind: 'jti', id: 'j-read' });
  await until(() => follower.isRevoked(token({ jti: 'j-read' })) === true);
  const NO_BEAT =
    'no heartbeat of the auth service comes from this Redis: check that auth is running and writes to this Redis, and that the connection has no keyPrefix';
  t.strictSame(warnings, [NO_BEAT]);
  await beatUntil(server, () => follower.stats().inSync);
  await createFeed(server.redis).setEpoch('another');
  await until(() => warnings.length === 3);
  t.equal(warnings.at(-1), NO_BEAT, 'and once more when they have come and come no longer');
});

t.test('the log tells of a complete list, of each loss of the connection, of its return and of another list', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const lines: string[] = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  const { server, feed, follower } = await followed(t, { log: { info: write, warn: write } });
  for (const lost of [1, 2]) {
    await server.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => lines.length > 2 * lost);
  }
  await feed.setEpoch('two');
  await until(() => follower.stats().inSync === false);
  await beatUntil(server, () => follower.stats().inSync);
  await feed.beat();
  await feed.revoke({ kind: 'jti', id: 'j-read' });
  await until(() => follower.isRevoked(token({ jti: 'j-read' })) === true);
  await follower.close();
  const [complete, lost, again] = [
    'the list of revocations is complete',
    'the list of revocations in Redis cannot be followed; trying again',
    'the list of revocations in Redis is followed again',
  ];
  const another = 'the list of revocations in Redis may have been replaced: reading it from the start';
  t.strictSame(lines, [complete, lost, again, lost, again, another, complete]);
});

t.test('a quiet list does not look stale where little staleness is allowed', async (t) => {
  const { follower } = await followed(t, { maxStalenessSeconds: 1 });
  const ages: number[] = [];
  await until(() => {
    const { answerAgeSeconds, heartbeatAgeSeconds } = follower.stats();
    ages.push(answerAgeSeconds ?? 9);
    return (heartbeatAgeSeconds ?? 0) > 1.5;
  });
  const median = ages.toSorted((a, b) => a - b)[Math.floor(ages.length / 2)] ?? 9;
  t.ok(median < 0.25, `an answer was ${median} s old, and not half a second as with blocks of one`);
});

t.test('a close does not wait for the read that waits for news', async (t) => {
  const { follower } = await followed(t);
  // A read that was begun a moment ago waits for a second.
  await until(() => (follower.stats().answerAgeSeconds ?? 0) > 0.1);
  const began = performance.now();
  await follower.close();
  t.ok(performance.now() - began < 500);
});

t.test('a clock that jumps ahead, this machine’s or that of Redis, lets nothing be forgotten', async (t) => {
  const clock = Date.now;
  t.teardown(() => {
    Date.now = clock;
  });
  const aheadMs = () => clock() + 24 * 3_600_000;
  const jumps = {
    'this machine’s': async () => {
      Date.now = aheadMs;
    },
    'that of Redis': async ({ redis }: TestRedis) => {
      // Redis dates no entry before the last one.
      await redis.xadd(REVOCATION_STREAM_KEY, `${aheadMs()}-0`, 'kind', 'heartbeat');
    },
  };
  for (const [whose, jump] of Object.entries(jumps)) {
    const { server, feed, follower } = await followed(t);
    await jump(server);
    const revoked = token({ jti: 'j-out', exp: Math.floor(clock() / 1000) + 900 });
    await feed.revoke({ kind: 'jti', id: 'j-out', expiresAt: revoked.claims.exp });
    await feed.revoke({ kind: 'jti', id: 'j-gone', expiresAt: 1 });
    await until(() => follower.stats().size === 2);
    // Both are looked at in the same walk, the first one first.
    await beatUntil(server, () => follower.stats().size === 1);
    t.equal(follower.isRevoked(revoked), true, whose);
    t.ok((follower.stats().entryDelaySeconds ?? -1) >= 0, 'and no entry takes effect before it is there');
    Date.now = clock;
  }
});

t.test('a killed key is told once, however often its entry is read', async (t) => {
  const { server, feed, follower } = await followed(t);
  const told: string[] = [];
  follower.onKidRevoked((kid) => told.push(kid));
  await feed.revoke({ kind: 'kid', id: 'k-out' });
  await feed.revoke({ kind: 'kid', id: 'k-out' });
  await feed.setEpoch('two');
  await until(() => follower.stats().inSync === false);
  await beatUntil(server, () => follower.stats().inSync);
  t.strictSame(told, ['k-out']);
});

t.test('another epoch makes it read from the start, and what it refused stays refused', async (t) => {
  const { server, feed, follower } = await followed(t);
  await feed.revoke({ kind: 'jti', id: 'j-lost' });
  await until(() => follower.isRevoked(token({ jti: 'j-lost' })) === true);
  await server.redis.del(REVOCATION_STREAM_KEY);
  // Older than anything it has read: only a reader that starts over finds it.
  await server.redis.xadd(REVOCATION_STREAM_KEY, '5-0', 'kind', 'jti', 'id', 'j-old', 'expires_at', String(nowSeconds() + 900));
  await feed.setEpoch('two');
  await until(() => follower.isRevoked(token({ jti: 'j-old' })) === true);
  t.equal(follower.stats().inSync, false, 'not before a heartbeat');
  t.equal(follower.isFresh(), true, 'and within the limits nobody is refused for it');
  await beatUntil(server, () => follower.stats().inSync);
  t.equal(follower.isRevoked(token({ jti: 'j-lost' })), true);
});

t.test('a list that is lost and not said to be whole again makes it stale after the limit', async (t) => {
  const { server, feed, follower } = await followed(t, { maxStalenessSeconds: 1 });
  await server.flush();
  await until(() => follower.isFresh() === false);
  await feed.setEpoch('two');
  await beatUntil(server, () => follower.isFresh() === true);
});

t.test('silence of the auth service past its limit makes it stale, and one heartbeat ends that', async (t) => {
  const { feed, follower } = await followed(t, { maxSilenceSeconds: 1 });
  await until(() => follower.isFresh() === false);
  t.match(follower.notReady(), /too old/);
  t.ok((follower.stats().answerAgeSeconds ?? 9) < 2.5, 'Redis answers all the while');
  await feed.beat();
  await until(() => follower.isFresh() === true);
});

t.test('a killed Redis that comes back empty takes nothing back, and following goes on', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { server, feed, follower } = await followed(t, { maxStalenessSeconds: 1 });
  await feed.revoke({ kind: 'sid', id: 's-out' });
  await until(() => follower.isRevoked(token({ sid: 's-out' })) === true);
  await server.kill();
  await until(() => follower.isFresh() === false);
  t.equal(follower.isRevoked(token({ sid: 's-out' })), true);
  await server.restart();
  await feed.setEpoch('two');
  await beatUntil(server, () => follower.isFresh() === true);
  t.equal(follower.isRevoked(token({ sid: 's-out' })), true);
  await feed.revoke({ kind: 'jti', id: 'j-new' });
  await until(() => follower.isRevoked(token({ jti: 'j-new' })) === true);
});

t.test('a paused Redis is noticed within the limit, and following goes on when it wakes', { timeout: 30_000 }, async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { server, feed, follower } = await followed(t, { maxStalenessSeconds: 1 });
  server.pause();
  await until(() => follower.isFresh() === false);
  server.resume();
  await feed.revoke({ kind: 'jti', id: 'j-new' });
  await until(() => follower.isRevoked(token({ jti: 'j-new' })) === true, { timeoutMs: 10_000 });
  await beatUntil(server, () => follower.isFresh() === true);
});

t.test('a stream that was trimmed, an older copy of it and another epoch are noticed as soon as there is a new connection', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { server, feed, follower } = await followed(t);
  const { redis } = server;
  await feed.revoke({ kind: 'jti', id: 'j-one' });
  await until(() => follower.isRevoked(token({ jti: 'j-one' })) === true);
  const changes: Readonly<Record<string, (attempt: number) => ChainableCommander>> = {
    trimmed: () => redis.multi().xtrim(REVOCATION_STREAM_KEY, 'MAXLEN', 0),
    'an older copy': () =>
      redis
        .multi()
        .del(REVOCATION_STREAM_KEY)
        .xadd(REVOCATION_STREAM_KEY, '5-0', 'kind', 'jti', 'id', 'j-old', 'expires_at', String(nowSeconds() + 900)),
    'another epoch': (attempt) => redis.multi().set(REVOCATION_EPOCH_KEY, `epoch-${attempt}`),
  };
  for (const [what, change] of Object.entries(changes)) {
    // A read that waits for news ends after a second, and then it would be noticed in any case; a busy machine may need that long.
    let attempt = 0;
    await until(async () => {
      const began = performance.now();
      await change(++attempt).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes').exec();
      await until(() => follower.stats().inSync === false);
      const tookMs = performance.now() - began;
      await beatUntil(server, () => follower.stats().inSync);
      return tookMs < 1000;
    });
    t.pass(what);
  }
  for (const jti of ['j-one', 'j-old']) t.equal(follower.isRevoked(token({ jti })), true);
});

t.test('an entry from the future that is taken away again, as if it had never been there, hides nothing that follows', async (t) => {
  const { server, feed, follower } = await followed(t);
  const { redis } = server;
  const before = await redis.xrange(REVOCATION_STREAM_KEY, '-', '+');
  await redis.xadd(REVOCATION_STREAM_KEY, '99999999999999-0', 'kind', 'jti', 'id', 'j-forged');
  await until(() => follower.isRevoked(token({ jti: 'j-forged' })) === true);
  const rewriting = redis.multi().del(REVOCATION_STREAM_KEY);
  for (const [id, fields] of before) rewriting.xadd(REVOCATION_STREAM_KEY, id, ...fields);
  await rewriting.exec();
  await feed.revoke({ kind: 'jti', id: 'j-late' });
  await until(() => follower.isRevoked(token({ jti: 'j-late' })) === true);
});

t.test('a connection that is cut loses no entry', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { server, feed, follower } = await followed(t);
  for (let round = 0; round < 5; round += 1) {
    await server.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await Promise.all(Array.from({ length: 20 }, (_, i) => feed.revoke({ kind: 'jti', id: `j-${round}-${i}` })));
  }
  await until(() => follower.stats().size === 100);
});

t.test("a client's command timeout and key prefix are minded", async (t) => {
  const server = await testRedis(t);
  const keyPrefix = `${server.keyPrefix}mine:`;
  const redis = server.redis.duplicate({ keyPrefix, commandTimeout: 100, enableOfflineQueue: true });
  t.teardown(() => redis.disconnect());
  const feed = createFeed(redis);
  const follower = startFollowingRevocations({ redis, maxStalenessSeconds: 2 });
  t.teardown(() => follower.close());
  await until(async () => {
    await feed.beat();
    return follower.stats().inSync;
  });
  t.equal(await server.redis.exists(`${keyPrefix}${REVOCATION_STREAM_KEY}`), 1);
  const { answerAgeSeconds, heartbeatAgeSeconds } = await until(() => {
    const stats = follower.stats();
    return (stats.heartbeatAgeSeconds ?? 0) > 1.5 ? stats : null;
  });
  t.ok(
    (answerAgeSeconds ?? 9) < (heartbeatAgeSeconds ?? 0) - 0.5,
    'a block of a second is not cut off by the timeout of the client it was copied from',
  );
});

t.test('a list is followed whatever fraction of a second it may be stale', async (t) => {
  for (const maxStalenessSeconds of [0.001, 1.25]) {
    const { follower } = await followed(t, { maxStalenessSeconds });
    t.equal(follower.stats().inSync, true, `${maxStalenessSeconds} s`);
    await follower.close();
  }
});
