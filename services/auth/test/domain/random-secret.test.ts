import t from 'tap';
import { createSecret, isSecret } from '../../src/domain/random-secret.ts';

t.test('a secret has a prefix and a checksum, by which a scanner tells it from everything else', async (t) => {
  const secret = createSecret('cs_cs_');
  t.match(secret, /^cs_cs_[0-9A-Za-z]{49}$/);
  t.ok(isSecret('cs_cs_', secret));
  const changed = [...secret].map((character, index) => (index === 20 ? (character === 'a' ? 'b' : 'a') : character)).join('');
  for (const other of [changed, secret.slice(1), `${secret}0`, `cs_rt_${secret.slice(6)}`, '']) t.notOk(isSecret('cs_cs_', other), other);
});

t.test('a secret of one kind is none of another', async (t) => {
  const resetToken = createSecret('cs_pr_');
  t.ok(isSecret('cs_pr_', resetToken));
  t.notOk(isSecret('cs_cs_', resetToken));
});

t.test('no two secrets are the same', async (t) => {
  t.equal(new Set(Array.from({ length: 1000 }, () => createSecret('cs_cs_'))).size, 1000);
});
