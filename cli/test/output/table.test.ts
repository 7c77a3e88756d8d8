import t from 'tap';
import { printableJson } from '../../src/output/printable.ts';
import { createTable } from '../../src/output/table.ts';

t.test('a cell is one line of text, whatever auth answered', (t) => {
  const [line = ''] = createTable(['a']).lines([{ a: [null, true, 7, ['x', 'y'], { to: ['a', 'b'], inner: { evil: '\u001b[2J' } }] }]);
  t.equal(line, '- yes 7 x y to=a,b inner={"evil":"\\u001b[2J"}');
  t.strictSame(createTable(['a']).lines([{ a: 'b\u001b[31m\u009b\nc\u202e' }, {}]), ['b\\u001b[31m\\u009b\\u000ac\\u202e', '-']);
  t.strictSame(createTable(['a']).lines([{ a: '2026-11-21T10:00:00.123Z' }, { a: '2026-11-21T10:00:00Z' }]), [
    '2026-11-21 10:00:00Z',
    '2026-11-21 10:00:00Z',
  ]);
  t.strictSame(createTable(['a']).lines([{ a: [] }, { a: {} }, { a: { 'b\u001b': 1 } }]), ['-', '-', 'b\\u001b=1']);
  t.end();
});

t.test('a later page keeps the columns, and widens them where it must', (t) => {
  const table = createTable(['id', 'name']);
  t.strictSame(table.lines([{ id: 'a', name: 'b' }]), ['a   b']);
  t.equal(table.heading(), 'ID  NAME');
  t.strictSame(table.lines([{ id: 'long one', name: 'b' }]), ['long one  b']);
  t.strictSame(table.lines([{ id: 'a', name: 'b' }]), ['a         b']);
  t.end();
});

t.test('JSON is the same value, with nothing in it that a terminal obeys', (t) => {
  const value = { name: 'b\u001b\u009b\u061c\u200e\u200f\u2028\u202e\u2066\u2069"' };
  const text = printableJson(value);
  t.strictSame(JSON.parse(text), value);
  t.notMatch(text, /[^\x20-\x7e]/);
  t.end();
});
