import { sealCursor } from '@countersign/service';
import t from 'tap';
import type { Listing } from '../../src/domain/book.ts';
import { formatCursor, parseCursor } from '../../src/routes/page-cursor.ts';

const listing: Listing = { sort: 'title', descending: false, q: 'x', author: 'Someone' };
const position = { id: 7, value: 'Ünïcode 💥 \uFFFF' };
const cursor = formatCursor(position, listing);
const refused = (cursor: string, of: Listing = listing) => t.throws(() => parseCursor(cursor, of), { code: 'validation_failed' }, cursor);

t.test('a cursor gives its position back, to the listing that it was made for', (t) => {
  t.strictSame(parseCursor(cursor, listing), position);
  const ofTwoLines = { id: 7, value: 'A title\nof two lines' };
  t.strictSame(parseCursor(formatCursor(ofTwoLines, listing), listing), ofTwoLines);
  const byId: Listing = { ...listing, sort: 'id' };
  t.strictSame(parseCursor(formatCursor({ id: 7, value: null }, byId), byId), { id: 7, value: null });
  t.end();
});

t.test('a cursor of another sort, direction, search or author is refused', (t) => {
  for (const other of [{ sort: 'author' }, { sort: 'id' }, { descending: true }, { q: 'X' }, { author: null }] as const)
    refused(cursor, { ...listing, ...other });
  t.end();
});

t.test('a cursor that was cut, altered, respelt or made up is refused', (t) => {
  const [place = '', seal = ''] = cursor.split('.');
  const respelt = Buffer.from(place, 'base64url').toString().replace('7', '8');
  const made = ['', 'x', '7', '.', cursor.slice(0, -1), `${cursor}=`, `${cursor}.`, ` ${cursor}`, `${place}=.${seal}`];
  for (const one of [...made, `${Buffer.from(respelt).toString('base64url')}.${seal}`]) refused(one);
  // Properly sealed, but nothing that Postgres can compare with.
  refused(formatCursor({ id: 7, value: 'a\0' }, listing));
  refused(formatCursor({ id: 2 ** 53, value: 'a' }, listing));
  for (const place of ['', 'x', '7', '-7 a', '1e3 a', '{']) refused(sealCursor(place, ['books', 'title', false, 'x', 'Someone']));
  t.end();
});
