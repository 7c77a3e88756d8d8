import { mock } from 'node:test';
import t from 'tap';
import { runTogether } from '../../src/stores/run-together.ts';

/** Time stands still, but for what a test says. */
mock.timers.enable({ apis: ['setTimeout'] });
t.teardown(() => mock.timers.reset());

/** Runs end when the test says so. */
function source(onRun: (run: (input: string) => Promise<string>) => void = () => {}) {
  const runs: { inputs: readonly string[]; end: (value: string) => void; fail: () => void }[] = [];
  const run = runTogether<string, string>((inputs) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    runs.push({
      inputs,
      end: (value) => resolve(inputs.map((input) => `${input} ${value}`)),
      fail: () => reject(new Error('the database is down')),
    });
    onRun(run);
    return promise;
  });
  return { runs, run };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Until patience with a run is at its end. */
const aWhile = async () => {
  mock.timers.tick(50);
  await turn();
};

t.test('what is asked for at once is one run, which answers each by its place', async (t) => {
  const { runs, run } = source();
  const answers = Promise.all([run('a'), run('b'), run('a')]);
  await turn();
  t.strictSame(
    runs.map(({ inputs }) => inputs),
    [['a', 'b', 'a']],
  );
  runs[0]?.end('1');
  t.strictSame(await answers, ['a 1', 'b 1', 'a 1']);
});

t.test('who asks during a run waits for one that begins afterwards', async (t) => {
  const { runs, run } = source();
  const early = run('a');
  await turn();
  const late = Promise.all([run('a'), run('b')]);
  await turn();
  t.equal(runs.length, 1);
  runs[0]?.end('old');
  t.equal(await early, 'a old');
  await turn();
  t.strictSame(runs[1]?.inputs, ['a', 'b']);
  runs[1]?.end('new');
  t.strictSame(await late, ['a new', 'b new']);
});

t.test('a run that fails fails those who wait for it, and nobody after them', async (t) => {
  const { runs, run } = source();
  const failing = Promise.allSettled([run('a'), run('b')]);
  await turn();
  const after = run('a');
  runs[0]?.fail();
  t.strictSame(
    (await failing).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await turn();
  runs[1]?.end('1');
  t.equal(await after, 'a 1');
});

t.test('a thousand who were failed are in nobody’s way', async (t) => {
  const { runs, run } = source();
  const failing = Promise.allSettled(Array.from({ length: 1000 }, (_, index) => run(`${index}`)));
  await turn();
  for (const { fail } of runs) fail();
  await failing;
  const after = run('a');
  await turn();
  runs.at(-1)?.end('1');
  t.equal(await after, 'a 1');
});

t.test('a run that doesn’t end holds up nobody else for long', async (t) => {
  const { runs, run } = source();
  const hanging = run('a');
  await turn();
  const late = run('b');
  await aWhile();
  t.equal(runs.length, 2);
  runs[1]?.end('1');
  t.equal(await late, 'b 1');
  runs[0]?.end('1');
  t.equal(await hanging, 'a 1');
});

t.test('who comes when a thousand wait is refused at once', async (t) => {
  const { runs, run } = source();
  const waiting = Promise.all(Array.from({ length: 1000 }, (_, index) => run(`${index}`)));
  await t.rejects(run('late'), { code: 'unavailable', cause: { message: 'too many callers wait for the database' } });
  await turn();
  for (const { end } of runs) end('1');
  t.equal((await waiting).length, 1000);
  const again = run('again');
  await turn();
  runs.at(-1)?.end('2');
  t.equal(await again, 'again 2');
});

t.test('a crowd is answered by several runs side by side, none of them long', async (t) => {
  const { runs, run } = source();
  const crowd = Array.from({ length: 250 }, (_, index) => `${index}`);
  const answers = Promise.all(crowd.map(run));
  await turn();
  t.strictSame(
    runs.map(({ inputs }) => inputs.length),
    [100, 100, 50],
  );
  for (const { end } of runs) end('1');
  t.strictSame(
    await answers,
    crowd.map((input) => `${input} 1`),
  );
});

t.test('who comes when the first run of a crowd begins is taken along by the last', async (t) => {
  let late: Promise<string> | undefined;
  const { runs, run } = source((run) => {
    late ??= run('late');
  });
  const crowd = Promise.all(Array.from({ length: 101 }, (_, index) => run(`${index}`)));
  await turn();
  t.strictSame(runs[1]?.inputs, ['100', 'late']);
  for (const { end } of runs) end('1');
  await crowd;
  t.equal(await late, 'late 1');
});

t.test('who asks while several runs go on waits for the youngest', async (t) => {
  const { runs, run } = source();
  const first = run('a');
  await turn();
  const second = run('b');
  await aWhile();
  t.equal(runs.length, 2);
  runs[0]?.end('1');
  await first;
  const third = run('c');
  await turn();
  t.equal(runs.length, 2);
  runs[1]?.end('1');
  await second;
  await turn();
  runs[2]?.end('1');
  t.equal(await third, 'c 1');
});
