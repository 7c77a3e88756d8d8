import t from 'tap';
import { batchesOf } from '../../src/import/batches.ts';
import type { UserLine } from '../../src/import/read-users.ts';

/** What each batch of these lines holds. */
async function sizesOf(lines: readonly UserLine[]) {
  const sizes: { users: number; refused: number; lastLine: number }[] = [];
  async function* all() {
    yield* lines;
  }
  for await (const { users, refused, lastLine } of batchesOf(all())) sizes.push({ users: users.length, refused: refused.length, lastLine });
  return sizes;
}

const linesOf = (count: number, json: string) => Array.from({ length: count }, (_, index) => ({ line: index + 1, json }));

t.test('a batch has a thousand lines, those that are not sent among them, and the last one the rest', async (t) => {
  const lines: UserLine[] = linesOf(2001, '{}');
  lines[999] = { line: 1000, reason: 'the line is too long' };
  t.strictSame(await sizesOf(lines), [
    { users: 999, refused: 1, lastLine: 1000 },
    { users: 1000, refused: 0, lastLine: 2000 },
    { users: 1, refused: 0, lastLine: 2001 },
  ]);
  t.strictSame(await sizesOf(lines.slice(0, 1000)), [{ users: 999, refused: 1, lastLine: 1000 }], 'nothing is sent for no line');
});

t.test('a batch of long lines has half a million characters, so that a gateway takes it', async (t) => {
  t.strictSame(await sizesOf(linesOf(25, 'x'.repeat(50_000))), [
    { users: 10, refused: 0, lastLine: 10 },
    { users: 10, refused: 0, lastLine: 20 },
    { users: 5, refused: 0, lastLine: 25 },
  ]);
});
