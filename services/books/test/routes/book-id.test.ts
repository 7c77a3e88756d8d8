import { Problem } from '@countersign/problems';
import t from 'tap';
import { parseBookId } from '../../src/routes/book-id.ts';

t.test('an id is read in its one spelling; all else in a path is not found', (t) => {
  t.equal(parseBookId('7'), 7);
  t.equal(parseBookId(String(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER);
  const others = ['0', '-1', '+7', '07', '7.0', '7e0', '0x7', ' 7', '٧', 'seven', '', 'NaN'];
  const beyond = ['9007199254740992', '9223372036854775807', '9223372036854775808', '9'.repeat(100)];
  for (const text of [...others, ...beyond]) t.throws(() => parseBookId(text), new Problem('not_found'), text);
  t.end();
});
