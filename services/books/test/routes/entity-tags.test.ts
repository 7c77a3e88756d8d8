import t from 'tap';
import { formatEntityTag, hasEntityTag, parseExpectedVersions, parseIfMatch } from '../../src/routes/entity-tags.ts';

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

t.test('a change may replace what If-Match lists, without what If-None-Match lists, which costs no more than reading both', (t) => {
  t.strictSame(parseExpectedVersions({ 'if-match': '"7", "8", "9"', 'if-none-match': 'W/"8", "1"' }), [7, 9]);
  const tags = (from: number) => Array.from({ length: 5000 }, (_, index) => formatEntityTag(from + index)).join(',');
  const { user: began } = process.cpuUsage();
  t.match(parseExpectedVersions({ 'if-match': tags(1), 'if-none-match': tags(10_001) }), { length: 5000 });
  t.ok(process.cpuUsage().user - began < 1_000_000, 'the one read again for each of the other would take many seconds');
  t.end();
});
