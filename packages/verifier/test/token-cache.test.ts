import t from 'tap';
import { TokenCache } from '../src/token-cache.ts';

const token = (n: number) => ({ credentials: `${n}`.padStart(600, 'x') });

t.test('however many tokens come, memory stays under the limit, and the newest and those in use are found', async (t) => {
  const cache = new TokenCache<{ credentials: string }>({ maxBytes: 100 * 1200 });
  const used = token(-1);
  cache.add(used);
  for (let n = 0; n < 5000; n += 1) {
    cache.add(token(n));
    if (cache.find(used.credentials) !== used) t.fail(`lost at ${n}`);
  }
  t.ok(cache.size <= 100, `${cache.size} entries of about 1200 bytes`);
  t.ok(cache.find(token(4999).credentials));
  t.equal(cache.find(token(0).credentials), undefined);
});

t.test('what was deleted is not found', async (t) => {
  const cache = new TokenCache<{ credentials: string }>({ maxBytes: 1e6 });
  const entry = token(1);
  cache.add(entry);
  cache.delete(entry);
  t.equal(cache.find(entry.credentials), undefined);
  t.equal(cache.size, 0);
});
