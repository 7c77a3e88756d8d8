import { testIssuer } from '@countersign/testing';
import type { PublicJwk } from '@countersign/tokens';
import t, { type Test } from 'tap';
import { startKeySource } from '../../src/keys/key-source.ts';

/** The delays of the timers that are set from now on, those that were not cleared, and what the last of them will do. */
function timersOf(t: Test) {
  const timers = { delays: [] as (number | undefined)[], left: new Set<unknown>(), last: () => {} };
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  t.intercept(globalThis, 'setTimeout', {
    value: Object.assign((run: () => void, ms?: number) => {
      timers.delays.push(ms);
      timers.last = run;
      const timer = set(run, ms);
      timers.left.add(timer);
      return timer;
    }, set),
  });
  t.intercept(globalThis, 'clearTimeout', {
    value: (timer?: NodeJS.Timeout) => {
      timers.left.delete(timer);
      clear(timer);
    },
  });
  return timers;
}

async function keySource(published: readonly PublicJwk[]) {
  const state = { published, loads: 0, bypassCaches: false, before: Promise.resolve() };
  const source = startKeySource({
    load: async ({ bypassCaches }) => {
      state.loads += 1;
      state.bypassCaches = bypassCaches;
      await state.before;
      return { keys: state.published, maxAgeSeconds: 300 };
    },
    cooldownSeconds: 0,
  });
  t.teardown(() => source.close());
  await source.refresh();
  return { state, source };
}

t.test(
  'a key that is still published stays the same object, so that its tokens stay verified; another one of its kid is another',
  async (t) => {
    const [jwk, other] = [(await testIssuer()).jwks().keys[0], (await testIssuer()).jwks().keys[0]];
    if (jwk === undefined || other === undefined) throw new Error('an issuer without a key');
    const { state, source } = await keySource([jwk]);
    const first = source.find(jwk.kid);
    t.ok(first);
    state.published = [{ ...jwk }];
    await source.refresh();
    t.equal(source.find(jwk.kid), first);
    state.published = [{ ...other, kid: jwk.kid }];
    await source.refresh();
    t.not(source.find(jwk.kid), first);
    state.published = [jwk];
    await source.refresh();
    const again = source.find(jwk.kid);
    state.published = [{ ...jwk, alg: 'ES256' }];
    await source.refresh();
    t.not(source.find(jwk.kid), again, 'nor is the same key for another algorithm');
  },
);

t.test('after its end a source loads nothing more, whoever asks, and what it has stays', async (t) => {
  const issuer = await testIssuer();
  const { state, source } = await keySource(issuer.jwks().keys);
  await source.refresh();
  await source.refreshNow();
  t.equal(state.loads, 3);
  source.close();
  t.equal(source.refresh(), null);
  await source.refreshNow();
  t.equal(state.loads, 3);
  t.ok(source.find(issuer.key().kid));
});

t.test('a load that its end interrupts is followed by none, nor by one for a kill that was heard of meanwhile', async (t) => {
  const issuer = await testIssuer();
  const { state, source } = await keySource(issuer.jwks().keys);
  const held = Promise.withResolvers<void>();
  state.before = held.promise;
  const loading = source.refresh();
  const { delays } = timersOf(t);
  held.resolve();
  await loading;
  t.strictSame(delays, [300_000], 'while it goes on');

  const last = source.refresh();
  const afterKill = source.refreshNow();
  source.close();
  await Promise.all([last, afterKill]);
  t.strictSame(delays, [300_000]);
  t.equal(state.loads, 3);
});

t.test('the next load has one timer, which begins none beside a load under way, and is cleared at the end', async (t) => {
  const issuer = await testIssuer();
  const timers = timersOf(t);
  const { state, source } = await keySource(issuer.jwks().keys);
  await source.refresh();
  t.strictSame([state.loads, timers.left.size], [2, 1]);
  const held = Promise.withResolvers<void>();
  state.before = held.promise;
  const loading = source.refresh();
  timers.last();
  t.equal(state.loads, 3);
  held.resolve();
  await loading;
  timers.last();
  t.strictSame([state.loads, timers.left.size], [4, 1]);
  await source.refresh();
  source.close();
  t.equal(timers.left.size, 0);
});

t.test('kills that are heard of during a load are followed by one load for all of them, which begins after that one', async (t) => {
  const issuer = await testIssuer();
  const { state, source } = await keySource(issuer.jwks().keys);
  const held = Promise.withResolvers<void>();
  state.before = held.promise;
  const early = source.refresh();
  const late = [source.refreshNow(), source.refreshNow()];
  await new Promise(setImmediate);
  t.match(state, { loads: 2, bypassCaches: false }, 'the one under way may have been answered before the kill');
  held.resolve();
  await Promise.all([early, ...late]);
  t.match(state, { loads: 3, bypassCaches: true });
});

t.test('the cooldown begins when a load for a kid does, however long that takes', async (t) => {
  let nowMs = performance.now();
  t.intercept(performance, 'now', { value: () => nowMs });
  const held = Promise.withResolvers<void>();
  let loads = 0;
  const source = startKeySource({
    load: async () => {
      loads += 1;
      if (loads > 1) await held.promise;
      throw new Error('down');
    },
    cooldownSeconds: 10,
  });
  t.teardown(() => source.close());
  await source.refresh();
  t.equal(loads, 1, 'the load of the start, which begins none');
  const loading = source.refresh();
  nowMs += 9999;
  held.resolve();
  await loading;
  t.equal(source.refresh(), null);
  nowMs += 1;
  t.ok(source.refresh());
});

t.test('a load that fails is tried again soon and ever later while there are no keys, and with keys after the cooldown', async (t) => {
  const issuer = await testIssuer();
  let isDown = true;
  const load = async () => {
    if (isDown) throw new Error('down');
    return { keys: issuer.jwks().keys, maxAgeSeconds: 300 };
  };
  const timers = timersOf(t);
  const start = (cooldownSeconds: number) => {
    const source = startKeySource({ load, cooldownSeconds });
    t.teardown(() => source.close());
    return source;
  };
  const eager = start(0);
  for (let tries = 1; tries <= 7; tries += 1) await eager.refresh();
  t.strictSame(timers.delays, [250, 500, 1000, 2000, 4000, 5000, 5000]);

  const patient = start(10);
  await patient.refresh();
  await patient.refresh();
  t.equal(patient.refresh(), null, 'after one unknown kid the next makes it try no earlier');
  isDown = false;
  await patient.refreshNow();
  isDown = true;
  timers.delays.length = 0;
  timers.last();
  await patient.refresh();
  t.strictSame(timers.delays, [10_000]);
  await patient.refreshNow();
  t.strictSame(timers.delays, [10_000, 500], 'after a kill at once: the keys in hand are too many');
});

t.test('however long a load lets its keys be kept, they are loaded again within an hour, and not at once', async (t) => {
  const { keys } = (await testIssuer()).jwks();
  const timers = timersOf(t);
  for (const [maxAgeSeconds, pauseSeconds] of [
    [120, 120],
    [0, 1],
    [30 * 86_400, 3600],
    [Number.POSITIVE_INFINITY, 3600],
  ] as const) {
    timers.delays.length = 0;
    const source = startKeySource({ load: async () => ({ keys, maxAgeSeconds }) });
    await source.refresh();
    source.close();
    t.strictSame(timers.delays, [pauseSeconds * 1000], `${maxAgeSeconds} s`);
  }
});

t.test('of a set that a service loads by itself, keys of other algorithms are left out, as those of a JWKS are', async (t) => {
  const issuer = await testIssuer();
  const [key] = issuer.jwks().keys as [PublicJwk];
  const others = [undefined, 'PS256', 'toString'].map((alg) => ({ ...key, kid: `of-${alg}`, alg })) as unknown as PublicJwk[];
  const source = startKeySource({ load: async () => ({ keys: [...others, key], maxAgeSeconds: 300 }) });
  t.teardown(() => source.close());
  await source.refresh();
  t.equal(source.find(key.kid)?.kid, key.kid);
  t.equal(source.stats?.().keys, 1);
});

t.test('a load that doesn’t say how long its keys may be kept has failed, and is not begun again at once', async (t) => {
  const { delays } = timersOf(t);
  const issuer = await testIssuer();
  const reasons: unknown[] = [];
  const log = { info: () => {}, warn: ({ err }: { err?: unknown }) => void reasons.push(err) };
  for (const maxAgeSeconds of [undefined, Number.NaN, '300'] as unknown as number[]) {
    const source = startKeySource({ load: async () => ({ keys: issuer.jwks().keys, maxAgeSeconds }), log });
    await source.refresh();
    source.close();
    t.match(source.notReady(), /have not been loaded/);
  }
  t.strictSame(delays, [250, 250, 250]);
  for (const reason of reasons) t.match(reason, { message: /maxAgeSeconds must be a number/ });
});
