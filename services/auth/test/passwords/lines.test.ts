import t from 'tap';
import { Lines } from '../../src/passwords/lines.ts';

function linesOf(...items: readonly string[]): Lines<string> {
  const lines = new Lines<string>();
  for (const item of items) lines.push(item.charAt(0), item);
  return lines;
}

function all(lines: Lines<string>): string[] {
  return Array.from({ length: lines.length }, () => lines.shift() ?? 'nothing');
}

t.test('each network has a turn before another has its next one', async (t) => {
  const lines = linesOf('a1', 'a2', 'a3', 'b1', 'c1', 'b2');
  t.equal(lines.length, 6);
  t.equal(lines.shift(), 'a1');
  lines.push('a', 'a4');
  lines.push('d', 'd1');
  t.strictSame(all(lines), ['b1', 'c1', 'a2', 'd1', 'b2', 'a3', 'a4']);
  t.equal(lines.length, 0);
  t.equal(lines.shift(), undefined);
});

t.test('room is made by the newest of the longest line, and never by one that is as short as the own', async (t) => {
  const lines = linesOf('a1', 'b1', 'b2', 'b3', 'c1');
  t.equal(lines.popFor('b'), undefined);
  t.equal(lines.popFor('a'), 'b3');
  t.equal(lines.popFor('a'), undefined);
  t.equal(lines.popFor('d'), 'b2');
  t.equal(lines.popFor('d'), undefined);
  t.strictSame(all(lines), ['a1', 'b1', 'c1']);
  t.equal(new Lines().popFor('a'), undefined);
});

t.test('what has waited for too long is at the beginning of each line', async (t) => {
  const lines = linesOf('a1', 'a2', 'b1', 'a3', 'c2', 'c1');
  t.strictSame(
    lines.takeWhile((item) => item.endsWith('1')),
    ['a1', 'b1'],
  );
  t.strictSame(all(lines), ['a2', 'c2', 'a3', 'c1']);
  t.strictSame(
    linesOf('a1', 'b1').takeWhile(() => true),
    ['a1', 'b1'],
  );
});
