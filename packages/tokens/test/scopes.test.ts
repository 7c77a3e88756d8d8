import t from 'tap';
import { hasScope, narrowScopes, parseScope } from '../src/scopes.ts';

t.test('a scope string holds each of its scopes once, in its order, and the empty one holds none', async (t) => {
  t.strictSame(parseScope('b a b'), ['b', 'a']);
  t.strictSame(parseScope('!#[]~'), ['!#[]~']);
  t.strictSame(parseScope(''), []);
  for (const malformed of [' ', ' a', 'a ', 'a  b', 'a\tb', 'a"', 'a\\b', 'é', 'a\n']) t.equal(parseScope(malformed), null, malformed);
});

t.test('a token has the scopes that its claim names, and no other that looks like one', async (t) => {
  const claims = { scope: 'books:read orders:write' };
  for (const scope of ['books:read', 'orders:write']) t.equal(hasScope(claims, scope), true, scope);
  for (const scope of ['books', 'read', 'orders:writer', '']) t.equal(hasScope(claims, scope), false, scope);
  t.equal(hasScope({}, 'undefined'), false);
});

t.test('scopes are narrowed to what was asked for, and never widened', async (t) => {
  t.strictSame(narrowScopes(['a', 'b', 'c'], ['c', 'x', 'a']), ['a', 'c']);
  t.strictSame(narrowScopes(['a'], []), []);
  t.strictSame(narrowScopes(['a', 'b'], null), ['a', 'b']);
});
