import { until } from '@countersign/testing';
import t from 'tap';
import { readTogether } from '../../src/stores/read-together.ts';

/** A source whose reads end when the test says so. */
function source() {
  const reads: { keys: readonly string[]; end: (value: string) => void; fail: () => void }[] = [];
  const read = readTogether<string>((keys) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, string>>();
    reads.push({
      keys,
      end: (value) => resolve(new Map(keys.filter((key) => key !== 'missing').map((key) => [key, `${key} ${value}`]))),
      fail: () => reject(new Error('the database is down')),
    });
    return promise;
  });
  return { reads, read };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('what is asked for at once is one read, each key in it once', async (t) => {
  const { reads, read } = source();
  const answers = Promise.all([read('a'), read('b'), read('a'), read('missing')]);
  await turn();
  t.strictSame(
    reads.map(({ keys }) => keys),
    [['a', 'b', 'missing']],
  );
  reads[0]?.end('1');
  t.strictSame(await answers, ['a 1', 'b 1', 'a 1', null]);
});

t.test('who asks during a read waits for one that begins afterwards', async (t) => {
  const { reads, read } = source();
  const early = read('a');
  await turn();
  const late = Promise.all([read('a'), read('b')]);
  await turn();
  t.equal(reads.length, 1);
  reads[0]?.end('old');
  t.equal(await early, 'a old');
  await turn();
  t.strictSame(reads[1]?.keys, ['a', 'b']);
  reads[1]?.end('new');
  t.strictSame(await late, ['a new', 'b new']);
});

t.test('a read that fails fails those who wait for it, and nobody after them', async (t) => {
  const { reads, read } = source();
  const failing = Promise.allSettled([read('a'), read('b')]);
  await turn();
  const after = read('a');
  reads[0]?.fail();
  t.strictSame(
    (await failing).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await turn();
  reads[1]?.end('1');
  t.equal(await after, 'a 1');
});

t.test('a read that doesn’t end holds up nobody else for long', async (t) => {
  const { reads, read } = source();
  const hanging = read('a');
  await turn();
  const late = read('b');
  await until(() => reads.length === 2, { timeoutMs: 1000 });
  reads[1]?.end('1');
  t.equal(await late, 'b 1');
  reads[0]?.end('1');
  t.equal(await hanging, 'a 1');
});
