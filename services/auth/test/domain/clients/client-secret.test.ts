import t from 'tap';
import { createClientSecret, digestClientSecret, matchesClientSecret } from '../../../src/domain/clients/client-secret.ts';

t.test('a secret matches its own digest among several, and nothing matches none', async (t) => {
  const [secret, other] = [createClientSecret(), createClientSecret()];
  t.ok(matchesClientSecret(secret, [digestClientSecret(other), digestClientSecret(secret)]));
  t.notOk(matchesClientSecret(secret, [digestClientSecret(other)]));
  t.notOk(matchesClientSecret(secret, []));
  t.notOk(matchesClientSecret('', []));
});
