import t from 'tap';
import { TokenCache } from '../../src/token/token-cache.ts';

type Entry = { credentials: string };

/** The last character of a signature holds next to nothing, so the number is before it. */
const token = (n: number) => ({ credentials: `${n}A`.padStart(600, 'x') });

t.test('however many tokens come, memory stays under the limit, and the newest and those in use are found', async (t) => {
  const cache = new TokenCache<Entry>({ maxBytes: 100 * 1200 });
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

t.test('a token never stands for another one, though both end alike', async (t) => {
  const cache = new TokenCache<Entry>({ maxBytes: 1e6 });
  const [one, other] = ['one', 'other'].map((start) => ({ credentials: start.padEnd(600, 'x') })) as [Entry, Entry];
  cache.add(one);
  t.equal(cache.find(other.credentials), undefined);
  cache.add(other);
  t.equal(cache.find(other.credentials), other);
  t.equal(cache.find(one.credentials), undefined);
});

t.test('what was deleted is not found', async (t) => {
  const cache = new TokenCache<Entry>({ maxBytes: 1e6 });
  const entry = token(1);
  cache.add(entry);
  cache.delete(entry);
  t.equal(cache.find(entry.credentials), undefined);
  t.equal(cache.size, 0);
});

t.test('a token of the older half is found, deleted and told from another as one of the younger is', async (t) => {
  const cache = new TokenCache<Entry>({ maxBytes: 4 * 1200 });
  const tokens = [1, 2, 3, 4].map(token) as [Entry, Entry, Entry, Entry];
  for (const entry of tokens) cache.add(entry);
  const [used, deleted] = tokens;
  t.equal(cache.size, 4, 'each half is as large as the other');
  t.equal(cache.find(used.credentials.replace('x', 'y')), undefined);
  cache.delete(deleted);
  t.equal(cache.find(deleted.credentials), undefined);
  t.equal(cache.find(used.credentials), used);
});

t.test('a token that is used moves to the younger half, and is in it alone', async (t) => {
  const cache = new TokenCache<Entry>({ maxBytes: 6 * 1200 });
  const tokens = [1, 2, 3, 4].map(token);
  for (const entry of tokens) cache.add(entry);
  const [used] = tokens;
  t.equal(cache.find(used?.credentials ?? ''), used);
  t.equal(cache.size, 4);
});
