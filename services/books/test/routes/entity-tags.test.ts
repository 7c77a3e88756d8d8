import t from 'tap';
import { formatEntityTag, hasEntityTag, parseIfMatch } from '../../src/routes/entity-tags.ts';

t.test('If-Match accepts the versions that it lists, compared strongly', (t) => {
  t.equal(parseIfMatch(undefined), null);
  t.equal(parseIfMatch('*'), null);
  t.strictSame(parseIfMatch(formatEntityTag(7)), [7]);
  t.strictSame(parseIfMatch('"7", "a,b" ,"9"'), [7, 9]);
  t.strictSame(parseIfMatch('W/"7"'), []);
  for (const header of ['', '7', '"07"', '"7', '"-7"', '"9007199254740993"', "'7'", '"*"']) t.strictSame(parseIfMatch(header), [], header);
  t.end();
});

t.test('If-None-Match knows a version by its strong and its weak tag', (t) => {
  for (const header of ['*', '"7"', 'W/"7"', '"1", W/"7"']) t.ok(hasEntityTag(header, 7), header);
  for (const header of [undefined, '', '7', '"1"', '"07"', 'W/"8", "77"']) t.notOk(hasEntityTag(header, 7), String(header));
  t.end();
});
