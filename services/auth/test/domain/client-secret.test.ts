import t from 'tap';
import { createClientSecret, digestClientSecret, isClientSecret, matchesClientSecret } from '../../src/domain/client-secret.ts';

t.test('a secret has a prefix and a checksum, by which a scanner tells it from everything else', async (t) => {
  const secret = createClientSecret();
  t.match(secret, /^cs_cs_[0-9A-Za-z]{49}$/);
  t.ok(isClientSecret(secret));
  const changed = [...secret].map((character, index) => (index === 20 ? (character === 'a' ? 'b' : 'a') : character)).join('');
  for (const other of [changed, secret.slice(1), `${secret}0`, `cs_rt_${secret.slice(6)}`, '']) t.notOk(isClientSecret(other), other);
});

t.test('no two are the same', async (t) => {
  t.equal(new Set(Array.from({ length: 1000 }, createClientSecret)).size, 1000);
});

t.test('a secret matches its own digest among several, and nothing matches none', async (t) => {
  const [secret, other] = [createClientSecret(), createClientSecret()];
  t.ok(matchesClientSecret(secret, [digestClientSecret(other), digestClientSecret(secret)]));
  t.notOk(matchesClientSecret(secret, [digestClientSecret(other)]));
  t.notOk(matchesClientSecret(secret, []));
  t.notOk(matchesClientSecret('', []));
});
