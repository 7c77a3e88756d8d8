import { until } from '@countersign/testing';
import t from 'tap';
import { createReload } from '../../src/keyring/reload.ts';

// The waits within a reload keep no process alive.
const alive = setInterval(() => {}, 60_000);
t.teardown(() => clearInterval(alive));

/** Reads that end when the test says so. */
function heldReads() {
  const reads: PromiseWithResolvers<void>[] = [];
  const begin = async () => {
    const read = Promise.withResolvers<void>();
    reads.push(read);
    await read.promise;
  };
  return { reads, ...createReload(begin) };
}

t.test('a read that is asked for during another begins after it, once for all who ask, and also when that one fails', async (t) => {
  const { reads, reload, joinReload } = heldReads();
  const first = reload();
  await until(() => reads.length === 1);
  const joined = joinReload();
  const later = [reload(), reload()];
  reads[0]?.reject(new Error('the database is gone'));
  await t.rejects(first, { message: 'the database is gone' });
  await t.rejects(joined, { message: 'the database is gone' }, 'whoever joined has the read that ran');
  await until(() => reads.length === 2);
  reads[1]?.resolve();
  await Promise.all(later);
  t.equal(reads.length, 2);
});

t.test('strangers cause a read every 50 ms at most, however many ask and however often', async (t) => {
  const beganAt: number[] = [];
  const { refresh } = createReload(async () => void beganAt.push(performance.now()));
  for (let round = 0; round < 4; round += 1) await Promise.all(Array.from({ length: 100 }, refresh));
  t.equal(beganAt.length, 4);
  for (const [index, at] of beganAt.slice(1).entries()) t.ok(at - Number(beganAt[index]) > 45, `${at - Number(beganAt[index])} ms`);
});

t.test('strangers wait neither for a database that does not answer nor for its fault', async (t) => {
  const { reads, refresh } = heldReads();
  await refresh();
  t.equal(reads.length, 1, 'it has not been answered');
  reads[0]?.resolve();
  const failing = refresh();
  await until(() => reads.length === 2);
  reads[1]?.reject(new Error('the database is gone'));
  await t.resolves(failing);
});
