import t from 'tap';
import { parseCompactToken } from '../src/compact-token.ts';

t.test('a token has at most 8 KiB', async (t) => {
  const sized = (bytes: number) => `e30.e30.${'A'.repeat(bytes - 8)}`;
  t.match(parseCompactToken(sized(8192)), { header: {}, payload: {} });
  t.equal(parseCompactToken(sized(8194)), null);
});
