import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import type { Added, RevocationList } from '../../src/domain/revocation/revocation-list.ts';
import { PageSize } from '../../src/feed/page-size.ts';
import { NO_FEED } from './feed-stack.ts';

const ADDITION = { feed: NO_FEED, readAtMs: 0, nextEpoch: 'e', entries: [], mayBeat: false, now: 0 };
const ADDED: Added = { epoch: 'e', fault: null, isFirst: false, lastEntryId: '0-0', newestId: '0-0', lastBeatMs: null };

let nowMs = 0;
t.intercept(performance, 'now', { value: () => nowMs });

/** A turn that adds and makes keys, each in so many milliseconds. */
async function turn(page: PageSize, { addMs = 0, keyMs = 0, fails = false, wasFull = true }): Promise<number> {
  const redis: RevocationList = {
    isReachable: () => true,
    add: async () => {
      await nextTurn();
      nowMs += addMs;
      if (fails) throw new Error('Redis gave no answer');
      return ADDED;
    },
    key: async () => {
      await nextTurn();
      nowMs += keyMs;
      return [];
    },
  };
  const list = page.timed(redis);
  await list.add(ADDITION).catch(() => {});
  await list.key([]);
  page.adjust(wasFull);
  return page.entries;
}

t.test('a slow turn halves the entries down to 10, a fast one doubles them up to 1000', async (t) => {
  const page = new PageSize();
  t.equal(page.entries, 250);
  const slow = [];
  for (let i = 0; i < 6; i += 1) slow.push(await turn(page, { addMs: 501 }));
  t.strictSame(slow, [125, 62, 31, 15, 10, 10]);
  const fast = [];
  for (let i = 0; i < 8; i += 1) fast.push(await turn(page, { addMs: 249 }));
  t.strictSame(fast, [20, 40, 80, 160, 320, 640, 1000, 1000]);
});

t.test('a turn that is neither changes nothing, nor does a fast one that had less to send', async (t) => {
  const page = new PageSize();
  t.equal(await turn(page, { addMs: 500 }), 250);
  t.equal(await turn(page, { addMs: 250 }), 250);
  t.equal(await turn(page, { wasFull: false }), 250);
  t.equal(await turn(page, {}), 500);
});

t.test('what Redis takes for the keys counts as well, and so does what it takes to fail', async (t) => {
  const page = new PageSize();
  t.equal(await turn(page, { addMs: 300, keyMs: 300, wasFull: false }), 125);
  t.equal(await turn(page, { addMs: 1000, fails: true, wasFull: false }), 62);
});
