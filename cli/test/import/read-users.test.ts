import t from 'tap';
import { type Format, parseFormat, readUsers, type UserLine } from '../../src/import/read-users.ts';

async function read(text: string | Buffer, format: Format | null = null, pieceBytes = 1000): Promise<UserLine[]> {
  async function* pieces() {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.subarray(from, from + pieceBytes);
  }
  const lines: UserLine[] = [];
  for await (const line of readUsers(pieces(), format)) lines.push(line);
  return lines;
}

const HEADER = 'username,password_hash,roles';
const csvUser = async (line: string, header = HEADER) => {
  const [user] = await read(`${header}\n${line}\n`);
  return user !== undefined && 'json' in user ? (JSON.parse(user.json) as unknown) : user;
};

t.test('the format is the one that was asked for, else that of the file’s name, else that of the first character', async (t) => {
  t.strictSame([parseFormat('x.csv', 'jsonl'), parseFormat('x.jsonl', 'csv')], ['jsonl', 'csv']);
  t.strictSame(
    ['x.csv', 'X.CSV', 'x.jsonl', 'x.ndjson', 'x.csv.txt', 'csv', '-'].map((file) => parseFormat(file, undefined)),
    ['csv', 'csv', 'jsonl', 'jsonl', null, null, null],
  );
  for (const option of ['', 'CSV', 'xml']) t.throws(() => parseFormat('x.csv', option), { name: 'UsageError' }, option);
  t.strictSame(await read(' {"username":"ada"}'), [{ line: 1, json: ' {"username":"ada"}' }]);
  t.strictSame(
    await read('\n{"username":"ada"}', null, 1),
    [{ line: 2, json: '{"username":"ada"}' }],
    'also where a pipe begins with a blank',
  );
  t.strictSame(await read('username', 'jsonl'), [{ line: 1, json: 'username' }]);
  await t.rejects(read('{"username":"ada"}', 'csv'), { name: 'Refusal', message: /must name the columns/ });
  for (const format of ['csv', 'jsonl', null] as const)
    await t.rejects(read(' [{"username":"ada"}]', format), { name: 'Refusal', message: /JSON array/ });
});

t.test('text is UTF-8, whatever pieces it comes in, and a mark at its beginning is no part of it', async (t) => {
  for (const size of [1, 1000]) {
    t.strictSame(await read('\ufeffusername,password_hash\njosé,h\n', null, size), [
      { line: 2, json: '{"username":"josé","password_hash":"h"}' },
    ]);
    t.strictSame(await read('\ufeff{"username":"josé"}', null, size), [{ line: 1, json: '{"username":"josé"}' }]);
  }
});

t.test('columns are found by their names, in any order and however they are capitalized', async (t) => {
  t.strictSame(await csvUser('h,ada', 'Password_Hash, USERNAME '), { password_hash: 'h', username: 'ada' });
  await t.rejects(csvUser('h,ada', `username,password_hash,${'x'.repeat(101)}`), {
    message: `The column "${'x'.repeat(100)}" is unknown.`,
  });
});

t.test('roles are separated by blanks, semicolons, commas or bars; where none are named, auth chooses', async (t) => {
  for (const roles of ['a;b', 'a b', '"a,b"', 'a|b', ' a ; b '])
    t.strictSame(await csvUser(`ada,h,${roles}`), await csvUser('ada,h,a;b'), roles);
  t.strictSame(await csvUser('ada,h,a;b'), { username: 'ada', password_hash: 'h', roles: ['a', 'b'] });
  for (const roles of ['', ' ', ';']) t.strictSame(await csvUser(`ada,h,${roles}`), { username: 'ada', password_hash: 'h' }, roles);
});

t.test('a line that can’t be a user is told by its number, and does not spoil the next', async (t) => {
  t.match(await read(`${HEADER}\nada,h\n"a"b,h,\n\nbob,h,\n`), [
    { line: 2, reason: 'the line has 2 cells, the header 3' },
    { line: 3, reason: /a quote is misplaced/ },
    { line: 5, json: '{"username":"bob","password_hash":"h"}' },
  ]);
  t.strictSame(await read(`{"username":"${'x'.repeat(64 * 1024)}"}\n \n{}\n`), [
    { line: 1, reason: 'the line is too long' },
    { line: 3, json: '{}' },
  ]);
});

t.test('cells are separated as those of the header are: by commas, semicolons or tabs', async (t) => {
  const roles = ['a', 'b'];
  const lines = { ',': 'ada,"h,;\t",a;b', ';': 'ada;"h,;\t";a,b', '\t': 'ada\t"h,;\t"\ta;b' };
  for (const [separator, line] of Object.entries(lines))
    t.strictSame(
      await csvUser(line, `\t\n,,\n;\n${HEADER.replaceAll(',', separator)}`),
      { username: 'ada', password_hash: 'h,;\t', roles },
      separator,
    );
  for (const quoted of ['"a;b"', 'a|b', 'a b', 'a,b'])
    t.strictSame(await csvUser(`ada;h;${quoted}`, 'username;password_hash;roles'), { username: 'ada', password_hash: 'h', roles }, quoted);
  t.match(await csvUser('ada;h;', HEADER), { reason: 'the line has 1 cells, the header 3' });
});

t.test('a row of empty cells is skipped, one with a fault is not', async (t) => {
  t.match(await read(`${HEADER}\n,,\n , \t,\n"",,""\n""x,,\n,h,\n`), [
    { line: 5, reason: /a quote is misplaced/ },
    { line: 6, json: '{"username":"","password_hash":"h"}' },
  ]);
});

t.test('a file in UTF-16 is refused with what to do, whatever pieces it comes in', async (t) => {
  const littleEndian = Buffer.from(`\ufeff${HEADER}\nada,h,\n`, 'utf16le');
  for (const bytes of [littleEndian, Buffer.from(littleEndian).swap16()])
    for (const format of ['csv', 'jsonl', null] as const)
      for (const size of [1, 1000])
        await t.rejects(read(bytes, format, size), {
          name: 'Refusal',
          message: 'The text is UTF-16. Save it as UTF-8, in Excel as "CSV UTF-8".',
        });
});
