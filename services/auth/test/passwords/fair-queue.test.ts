import t from 'tap';
import { FairQueue } from '../../src/passwords/fair-queue.ts';

function queueOf(...items: readonly string[]): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const item of items) queue.push(item.charAt(0), item);
  return queue;
}

function all(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.length }, () => queue.shift() ?? 'nothing');
}

t.test('each network has a turn before another has its next one', async (t) => {
  const queue = queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2');
  t.equal(queue.length, 6);
  t.equal(queue.shift(), 'a1');
  queue.push('a', 'a4');
  queue.push('d', 'd1');
  t.strictSame(all(queue), ['b1', 'c1', 'a2', 'd1', 'b2', 'a3', 'a4']);
  t.equal(queue.length, 0);
  t.equal(queue.shift(), undefined);
});

t.test('room is made by the newest of the longest line, and never by one that is as short as the own', async (t) => {
  const queue = queueOf('a1', 'b1', 'b2', 'b3', 'c1');
  t.equal(queue.popFor('b'), undefined);
  t.equal(queue.popFor('a'), 'b3');
  t.equal(queue.popFor('a'), undefined);
  t.equal(queue.popFor('d'), 'b2');
  t.equal(queue.popFor('d'), undefined);
  t.strictSame(all(queue), ['a1', 'b1', 'c1']);
  t.equal(new FairQueue().popFor('a'), undefined);
});

t.test('what has waited for too long is at the beginning of each line', async (t) => {
  const queue = queueOf('a1', 'a2', 'b1', 'a3', 'c2', 'c1');
  t.strictSame(
    queue.takeWhile((item) => item.endsWith('1')),
    ['a1', 'b1'],
  );
  t.strictSame(all(queue), ['a2', 'c2', 'a3', 'c1']);
  t.strictSame(
    queueOf('a1', 'b1').takeWhile(() => true),
    ['a1', 'b1'],
  );
});
