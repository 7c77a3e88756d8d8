import t from 'tap';
import { createClientSecret, matchesClientSecret } from '../../../src/domain/clients/client-secret.ts';
import { digestSecret } from '../../../src/domain/random-secret.ts';

t.test('a secret matches its own digest among several, and nothing matches none', async (t) => {
  const [secret, other] = [createClientSecret(), createClientSecret()];
  t.ok(matchesClientSecret(secret, [digestSecret(other), digestSecret(secret)]));
  t.ok(matchesClientSecret(secret, [digestSecret(secret), digestSecret(other)]));
  t.notOk(matchesClientSecret(secret, [digestSecret(other)]));
  t.notOk(matchesClientSecret(secret, []));
  t.notOk(matchesClientSecret('', []));
});
