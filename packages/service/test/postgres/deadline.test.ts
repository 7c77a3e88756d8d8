import { until } from '@countersign/testing';
import t from 'tap';
import { Deadline } from '../../src/postgres/deadline.ts';

const LIMIT_MS = 10;

/** Timers of one length fire in the order in which they were started. */
const allPassed = () => new Promise<void>((resolve) => new Deadline(LIMIT_MS, resolve));

t.test('a deadline passes once, whatever pauses it afterwards', async (t) => {
  let passed = 0;
  const deadline = new Deadline(LIMIT_MS, () => {
    passed += 1;
  });
  await until(() => deadline.isOver);
  await deadline.pauseFor(async () => {});
  await allPassed();
  t.equal(passed, 1);
});

t.test('a deadline that ended before it was over never passes', async (t) => {
  const passed: string[] = [];
  new Deadline(LIMIT_MS, () => passed.push('ended')).end();
  await allPassed();
  t.strictSame(passed, []);
});

t.test('a deadline that ended in a pause never passes, and one that did not starts again', async (t) => {
  const passed: string[] = [];
  const ended = new Deadline(LIMIT_MS, () => passed.push('ended'));
  const running = new Deadline(LIMIT_MS, () => passed.push('running'));
  const work = Promise.withResolvers<void>();
  const pauses = [ended.pauseFor(() => work.promise), running.pauseFor(() => work.promise)];
  await allPassed();
  t.strictSame(passed, []);
  ended.end();
  work.resolve();
  await Promise.all(pauses);
  await allPassed();
  t.strictSame(passed, ['running']);
});
