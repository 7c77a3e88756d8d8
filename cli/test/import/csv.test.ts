import t from 'tap';
import { readCsv } from '../../src/import/csv.ts';
import { readLines } from '../../src/import/lines.ts';

/** The text in pieces of every size, so that pieces also end in the hardest places. */
async function* pieces(text: string, size: number): AsyncGenerator<string> {
  for (let from = 0; from < text.length; from += size) yield text.slice(from, from + size);
}

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const parse = async (text: string, size = 1) => await collect(readCsv(pieces(text, size)));

t.test('cells are parted as RFC 4180 says, and records know their line', async (t) => {
  const text = 'a,b\r\n"x,1","say ""hi"""\n\n"two\nlines",\nlast,one';
  const expected = [
    { line: 1, cells: ['a', 'b'], fault: null },
    { line: 2, cells: ['x,1', 'say "hi"'], fault: null },
    { line: 4, cells: ['two\nlines', ''], fault: null },
    { line: 6, cells: ['last', 'one'], fault: null },
  ];
  for (const size of [1, 2, 3, 7, 100]) t.strictSame(await parse(text, size), expected);
  t.strictSame(await parse('""\n \n'), [{ line: 1, cells: [''], fault: null }], 'a cell in quotes is one, though it is empty');
});

t.test('a quote out of place spoils its record alone, one that is not closed spoils the rest', async (t) => {
  t.match(await parse('a"b,c\nd,e\n'), [
    { line: 1, fault: /quote/ },
    { line: 2, cells: ['d', 'e'], fault: null },
  ]);
  t.match(await parse('"a"b,c\nd,e\n'), [
    { line: 1, fault: /quote/ },
    { line: 2, cells: ['d', 'e'], fault: null },
  ]);
  t.match(await parse('a,b\n"c,d\ne,f\n'), [
    { line: 1, fault: null },
    { line: 2, fault: /is not closed/ },
  ]);
});

t.test('a line without an end is not kept', async (t) => {
  const long = 'x'.repeat(200_000);
  const [cut, next] = await parse(`${long}\na,b\n`, 10_000);
  t.match(cut, { line: 1, fault: /too long/ });
  t.ok(String(cut?.cells).length <= 64 * 1024);
  t.strictSame(next, { line: 2, cells: ['a', 'b'], fault: null });
  t.match(await parse(`"${long}`, 10_000), [{ line: 1, fault: /is not closed/ }]);
  const inQuotes = await parse(`${long},"\nmallory,hash,admin\n"\n`, 10_000);
  t.match(inQuotes, [{ line: 1, cells: [], fault: /nothing was read from here on/ }], 'a line in a quoted cell never becomes a record');
  t.equal(inQuotes.length, 1);
  const lines = await collect(readLines(pieces(`${long}\na\n\nb`, 10_000)));
  t.strictSame(lines, [
    { line: 1, text: null },
    { line: 2, text: 'a' },
    { line: 3, text: '' },
    { line: 4, text: 'b' },
  ]);
});

t.test('the longest line that is taken has 64 KiB, whatever the pieces that it comes in', async (t) => {
  const longest = 'x'.repeat(64 * 1024);
  for (const size of [10_000, 1_000_000]) {
    const text = `${longest}\n${longest}x\n${longest}`;
    t.strictSame(
      (await collect(readLines(pieces(text, size)))).map((line) => line.text?.length ?? null),
      [64 * 1024, null, 64 * 1024],
    );
    // With its line end.
    t.strictSame(
      (await parse(`${longest.slice(1)}\n${longest}\nx`, size)).map(({ fault }) => fault),
      [null, 'the line is too long', null],
    );
  }
});

t.test('a text that ends with a line end has no line after it', async (t) => {
  t.strictSame(await collect(readLines(pieces('a\n', 1))), [{ line: 1, text: 'a' }]);
});

t.test('a text without line ends may be longer than any string: little of it is kept', async (t) => {
  async function* endless() {
    const piece = 'x'.repeat(2 ** 24);
    for (let n = 0; n < 33; n += 1) yield piece;
  }
  t.strictSame(await collect(readLines(endless())), [{ line: 1, text: null }]);
});
