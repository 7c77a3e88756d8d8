import t from 'tap';
import { createId, createKid, isId } from '../../src/domain/identifiers.ts';

t.test('no two ids are the same, however often random bytes are drawn', async (t) => {
  const ids = Array.from({ length: 2000 }, createId);
  t.equal(new Set(ids).size, ids.length);
  t.ok(ids.every(isId));
  t.equal(new Set(Array.from({ length: 2000 }, createKid)).size, 2000);
});
