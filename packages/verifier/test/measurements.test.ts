import t from 'tap';
import { measurementsOf } from '../src/measurements.ts';
import { resourceServer } from './resource-server.ts';

t.test('what the cache does is measured: a token is verified once, and then remembered', async (t) => {
  const { app, issuer, call } = await resourceServer();
  const read = (name: string) =>
    measurementsOf(app.verifier)
      .find((measurement) => measurement.name === `countersign_${name}`)
      ?.read();
  const token = issuer.sign();
  for (let i = 0; i < 3; i += 1) t.equal(await call(token), '200');
  t.equal(await call('nonsense'), '401 token_malformed');
  t.equal(read('tokens_cached'), 1);
  t.equal(read('tokens_cache_hits_total'), 2);
  t.equal(read('tokens_cache_misses_total'), 2);
  t.equal(read('jwks_keys'), 1);
  t.ok((read('jwks_age_seconds') ?? 0) < 60);
  t.equal(read('jwks_failures'), 0);
});

t.test('a view and a key source of one’s own are measured, also where they are classes, whose methods need their object', async (t) => {
  class Counted {
    readonly #keys = 3;
    stats() {
      return { keys: this.#keys, ageSeconds: 1, failures: 0, size: this.#keys, ...AGES };
    }
  }
  const measured = measurementsOf({
    keys: new Counted(),
    revocations: new Counted(),
    judge: { stats: () => ({ cached: 0, hits: 0, misses: 0 }) },
  });
  const read = (name: string) => measured.find((one) => one.name === `countersign_${name}`)?.read();
  t.strictSame([read('jwks_keys'), read('revocations_entries')], [3, 3]);
});

const AGES = { answerAgeSeconds: 1, heartbeatAgeSeconds: 1, entryDelaySeconds: 1, inSync: true };

t.test('keys that were never loaded are infinitely old', async (t) => {
  const { app } = await resourceServer({ keys: { url: 'http://127.0.0.1:1/jwks.json' } });
  t.teardown(() => app.close());
  await app.ready();
  t.equal(
    measurementsOf(app.verifier)
      .find(({ name }) => name === 'countersign_jwks_age_seconds')
      ?.read(),
    Number.POSITIVE_INFINITY,
  );
});
