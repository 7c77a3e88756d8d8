import { testIssuer, until } from '@countersign/testing';
import t from 'tap';
import { startOwnKeys } from '../../src/keyring/own-keys.ts';

t.test('auth itself knows the keys that it names as retired, also one that was killed', async (t) => {
  const { keys } = (await testIssuer()).jwks();
  const own = startOwnKeys({ known: () => keys, jwks: () => ({ keys, retired_kids: ['killed'] }), refresh: async () => {} });
  t.teardown(() => own.close());
  await until(() => own.notReady() === null);
  t.ok(own.find(keys[0]?.kid ?? ''));
  t.equal(own.isRetired?.('killed'), true);
  t.equal(own.isRetired?.('never'), false);
});
