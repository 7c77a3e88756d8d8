import { mock } from 'node:test';
import { setImmediate as allIsDone } from 'node:timers/promises';
import { type Test, test } from 'tap';
import type { LockedOutbox, StoredRevocation } from '../../src/domain/revocation/outbox.ts';
import { startFeed } from '../../src/feed/revocation-feed.ts';
import { jti, NO_FEED } from './feed-stack.ts';

const NO_BACKLOG = { unsent: 0, oldestSeconds: 0 };
const PUBLISHED_AGAIN = 'info: revocations are published again';

/** A feed on plain values, whose clock and timers stand still. Each of its turns that reaches the database is counted. */
function plainFeed(t: Test, { isReachable = true } = {}) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const world = {
    nowMs: 0,
    isReachable,
    /** What a turn waits for at the lock, and what it does there besides. */
    atLock: async () => {},
    isBusyElsewhere: false,
    unsent: [] as StoredRevocation[],
    lastBeatMs: 1000,
    addMs: 0,
    /** What a turn waits for in Redis. */
    atList: async () => {},
    isRefused: false,
    /** How many entries each turn wanted to add. */
    pages: [] as number[],
    /** What the next turn finds; the ones after it find nothing wrong. */
    fault: null as string | null,
    measure: async () => NO_BACKLOG,
    /** How often the timer of the heartbeats was started anew. */
    refreshed: 0,
    turns: 0,
    measured: 0,
    logged: [] as string[],
    /** Seconds of each flush that reached Redis. */
    published: [] as number[],
  };
  t.intercept(performance, 'now', { value: () => world.nowMs });
  t.intercept(globalThis, 'setInterval', { value: () => ({ refresh: () => (world.refreshed += 1) }) });
  const locked: LockedOutbox = {
    feed: { ...NO_FEED, epoch: 'e' },
    readAtMs: 0,
    now: 0,
    findUnsent: async (limit) => world.unsent.slice(0, limit),
    findSent: async () => [],
    findUnkeyed: async () => [],
    save: async ({ listed }) => void world.unsent.splice(0, listed.length),
  };
  const write = (level: string) => (_fields: object, message: string) => void world.logged.push(`${level}: ${message}`);
  const feed = startFeed({
    outbox: {
      async locked(work) {
        world.turns += 1;
        await world.atLock();
        return world.isBusyElsewhere ? null : work(locked);
      },
      async measure() {
        world.measured += 1;
        return world.measure();
      },
    },
    list: {
      isReachable: () => world.isReachable,
      async add({ entries }) {
        const { fault, lastBeatMs } = world;
        world.pages.push(entries.length);
        await world.atList();
        world.nowMs += world.addMs;
        if (world.isRefused) await refuse();
        world.fault = null;
        return { epoch: 'e', fault, isFirst: false, lastEntryId: '1-0', newestId: '1-0', lastBeatMs };
      },
      key: async () => [],
    },
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    onPublished: (seconds) => world.published.push(seconds),
  });
  t.teardown(() => feed.close());
  return { feed, world };
}

const unsent = (count: number) => Array.from({ length: count }, (_, seq): StoredRevocation => ({ seq, ...jti(`j-${seq}`) }));

async function isDone(work: Promise<unknown>): Promise<boolean> {
  return await Promise.race([work.then(() => true), allIsDone(false)]);
}

function refuse(): Promise<never> {
  return Promise.reject(new Error('out of order'));
}

test('flushes that come during a turn share the next one, and what each took is told once', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  t.equal(world.turns, 1);
  const lock = Promise.withResolvers<void>();
  world.atLock = () => lock.promise;
  const flushes = [feed.flush(), feed.flush(), feed.flush()];
  await allIsDone();
  world.nowMs = 100;
  lock.resolve();
  t.strictSame(await Promise.all(flushes), [true, true, true]);
  t.equal(world.turns, 3);
  t.strictSame(world.published, [0.1, 0.1, 0.1]);
});

test('a flush that a turn could not serve is served by the next one', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  world.unsent = unsent(300);
  await feed.flush();
  await allIsDone();
  t.equal(world.published.length, 1, 'what one turn is too small for');
  t.match([world.turns, feed.stats().sent, world.unsent.length], [3, 300, 0]);
  world.isBusyElsewhere = true;
  world.atLock = async () => {
    world.isBusyElsewhere = world.turns === 4;
  };
  await feed.flush();
  t.equal(world.published.length, 2, 'what another instance was in the way of');
  t.match([world.turns, feed.stats().isWorking], [5, true]);
});

test('turns go on at once for as long as there is more to send, and no longer', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  world.unsent = unsent(800);
  feed.wake();
  await allIsDone();
  t.match([world.turns, feed.stats().sent], [4, 800], 'a page of 250, one of 500, and the rest');
});

test('that turns fail is told once, as is that they work again, and nobody waits meanwhile', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  const lock = Promise.withResolvers<void>();
  world.atLock = () => lock.promise.then(refuse);
  const flushes = [feed.flush(), feed.flush()];
  lock.resolve();
  t.strictSame(await Promise.all(flushes), [false, false]);
  t.strictSame(world.published, [], 'the one whose turn it was, and the one after it');
  t.equal(feed.stats().isWorking, false);
  feed.wake();
  await allIsDone();
  t.strictSame(world.logged, ['error: revocations cannot be published to Redis; they are kept and sent later']);
  t.equal(world.turns, 3);
  const second = Promise.withResolvers<void>();
  world.atLock = () => second.promise;
  t.equal(await Promise.race([feed.flush(), allIsDone(true)]), false, 'nobody waits');
  t.equal(world.turns, 4, 'but a flush is the first to notice that they work again');
  second.resolve();
  await allIsDone();
  t.strictSame(world.logged.slice(1), [PUBLISHED_AGAIN]);
  t.equal(world.published.length, 1);
  world.atLock = async () => {};
  for (const _again of [1, 2]) {
    feed.wake();
    await allIsDone();
    t.strictSame(world.logged.slice(1), [PUBLISHED_AGAIN]);
  }
  t.equal(feed.stats().isWorking, true);
  await feed.flush();
  t.equal(world.published.length, 2);
});

test('what waits is counted while turns fail, and counts until all is sent', async (t) => {
  const { feed, world } = plainFeed(t);
  feed.wake();
  await allIsDone();
  t.equal(world.measured, 0, 'counting costs the database something');
  world.atLock = refuse;
  world.measure = async () => ({ unsent: 300, oldestSeconds: 7 });
  feed.wake();
  await allIsDone();
  t.match(feed.stats(), { unsent: 300, oldestSeconds: 7 });
  world.measure = refuse;
  feed.wake();
  await allIsDone();
  t.match(feed.stats(), { unsent: 300, oldestSeconds: 7 }, 'what cannot be counted stays as it was');

  const count = Promise.withResolvers<typeof NO_BACKLOG>();
  world.measure = () => count.promise;
  feed.wake();
  await allIsDone();
  world.unsent = unsent(300);
  const during: number[] = [];
  world.atLock = async () => void during.push(feed.stats().unsent);
  feed.wake();
  await allIsDone();
  t.strictSame(during, [300, 300], 'after the first of two pages, too');
  t.match(feed.stats(), NO_BACKLOG);
  count.resolve({ unsent: 300, oldestSeconds: 8 });
  await allIsDone();
  t.match(feed.stats(), NO_BACKLOG, 'a count that comes too late is none');
});

test('while Redis cannot be reached no turn begins, and before the first connection nothing is told', async (t) => {
  const { feed, world } = plainFeed(t, { isReachable: false });
  await allIsDone();
  t.strictSame([world.turns, world.logged], [0, []]);
  feed.wake();
  await allIsDone();
  t.match([world.turns, world.logged], [0, [/^error: /]]);
  world.isReachable = true;
  feed.wake();
  await allIsDone();
  t.match([world.turns, world.logged], [1, [/^error: /, PUBLISHED_AGAIN]]);
});

test('the next heartbeat is due a second after the last one, whoever wrote that', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  t.equal(world.refreshed, 1);
  t.equal(feed.stats().lastBeatMs, 1000);
  world.unsent = unsent(1);
  await feed.flush();
  await allIsDone();
  t.equal(world.refreshed, 1, 'the one that is there already');
  world.lastBeatMs = 2000;
  world.unsent = unsent(1);
  await feed.flush();
  await allIsDone();
  t.equal(world.refreshed, 2);
  await feed.flush();
  await allIsDone();
  t.equal(feed.stats().lastBeatMs, 2000, 'a turn that does not ask Redis hears of none');
});

test('a slow Redis gets fewer entries at once, and more again when it is fast, however slow the database is', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  world.pages = [];
  world.unsent = unsent(2000);
  world.atLock = async () => {
    world.nowMs += 150;
    world.addMs = world.pages.length < 2 ? 600 : 0;
  };
  feed.wake();
  await allIsDone();
  t.equal(world.unsent.length, 0);
  t.strictSame(world.pages.slice(0, 7), [250, 125, 62, 124, 248, 496, 695]);
});

test('what a slow Redis did not take in time is tried again in smaller steps', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  world.unsent = unsent(300);
  Object.assign(world, { addMs: 1000, isRefused: true });
  for (const page of [250, 125, 62]) {
    feed.wake();
    await allIsDone();
    t.equal(world.pages.at(-1), page);
  }
});

test('a list that is replaced twice within 5 s is fought over, one that is lost later is rebuilt like the first', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  const lose = async (atMs: number) => {
    const turnsBefore = world.turns;
    world.nowMs = atMs;
    world.fault = 'gone';
    feed.wake();
    await allIsDone();
    return [world.turns - turnsBefore, ...world.logged.splice(0)];
  };
  const rebuilt = 'warn: the revocation list in Redis was lost or changed; it is rebuilt';
  t.strictSame(await lose(0), [2, rebuilt]);
  t.strictSame(await lose(5000), [2, rebuilt]);
  t.match(await lose(9999), [1, /^warn: .* not ours again/]);
  t.equal(feed.stats().rebuilds, 3);
});

test('a feed that closes sends what is unsent, and does nothing more', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  world.unsent = unsent(300);
  await feed.close();
  t.match([world.turns, world.unsent.length], [3, 0]);
  t.ok(await isDone(feed.flush()), 'nobody waits');
  feed.wake();
  await feed.close();
  await allIsDone();
  t.equal(world.turns, 3);
});

test('a feed that closes during a turn sends what has come since that turn looked', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  const listed = Promise.withResolvers<void>();
  world.atList = () => listed.promise;
  world.unsent = unsent(1);
  feed.wake();
  await allIsDone();
  const closed = feed.close();
  world.unsent.push(...unsent(1));
  listed.resolve();
  await closed;
  t.match([world.turns, world.unsent.length], [3, 0]);
});

test('a turn that hangs holds up a flush for 250 ms and a stop for a second, and nothing follows it', async (t) => {
  const { feed, world } = plainFeed(t);
  await allIsDone();
  const lock = Promise.withResolvers<void>();
  world.atLock = () => lock.promise.then(refuse);
  feed.wake();
  const flushed = feed.flush();
  mock.timers.tick(249);
  t.notOk(await isDone(flushed));
  mock.timers.tick(1);
  t.ok(await isDone(flushed));
  t.equal(await flushed, false);
  const closed = feed.close();
  mock.timers.tick(999);
  t.notOk(await isDone(closed));
  mock.timers.tick(1);
  t.ok(await isDone(closed));
  lock.resolve();
  await allIsDone();
  t.equal(await feed.flush(), false);
  t.match([world.turns, world.measured], [2, 0], 'neither another turn nor a count: the database may be closed');
});
