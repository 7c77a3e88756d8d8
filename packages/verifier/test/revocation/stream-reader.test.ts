import { type Owner, testRedis } from '@countersign/testing';
import { encodeRevocation, REVOCATION_STREAM_KEY } from '@countersign/tokens';
import t from 'tap';
import { StreamReader } from '../../src/revocation/stream-reader.ts';
import { createFeed } from '../feed.ts';

/** A list of which everything has been read. */
async function readList(t: Owner) {
  const server = await testRedis(t);
  const redis = server.redis.duplicate({ keyPrefix: server.keyPrefix });
  t.teardown(() => redis.disconnect());
  const feed = createFeed(redis);
  const reader = new StreamReader(1);
  await feed.setEpoch('one');
  await feed.revoke({ kind: 'jti', id: 'first' });
  await reader.resume(redis);
  const readIds = async () => (await reader.read(redis)).entries.map(([, { id }]) => id);
  await readIds();
  return { redis, feed, reader, readIds };
}

t.test('a heartbeat that is in the list before a connection confirms nothing, and the next one does', async (t) => {
  const { redis, feed, reader } = await readList(t);
  await feed.beat();
  t.equal(await reader.resume(redis), true);
  t.equal((await reader.read(redis)).hasHeartbeat, false, 'auth may have been silent since');
  await feed.beat();
  t.equal((await reader.read(redis)).hasHeartbeat, true);
});

t.test('a list that has been trimmed past where it was read is read from its start by the next connection', async (t) => {
  const { redis, feed, reader, readIds } = await readList(t);
  t.equal(await reader.resume(redis), true);
  await feed.revoke({ kind: 'jti', id: 'trimmed' });
  await feed.revoke({ kind: 'jti', id: 'kept' });
  await redis.xtrim(REVOCATION_STREAM_KEY, 'MAXLEN', 1);
  t.equal(await reader.resume(redis), false);
  t.strictSame(await readIds(), ['kept']);
});

t.test(
  'a list that ends before what was read of it is read from its start, though the connection and the epoch are the same',
  async (t) => {
    const { redis, reader, readIds } = await readList(t);
    t.equal(await reader.isSame(redis), true);
    await redis.del(REVOCATION_STREAM_KEY);
    const entry = encodeRevocation({ kind: 'jti', id: 'of another', expiresAt: null, before: null });
    await redis.xadd(REVOCATION_STREAM_KEY, '1-1', ...Object.entries(entry).flat());
    t.equal(await reader.isSame(redis), false);
    t.strictSame(await readIds(), ['of another']);
  },
);
