import { needsReal, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import type { AuthInstance } from './auth-instance.ts';
import { call, postJson, withToken } from './call.ts';
import { type RollingStack, startRollingStack } from './rolling-stack.ts';
import { ADMIN, newSecret } from './services.ts';
import { kidOf } from './token-parts.ts';
import { startTokenTraffic, type TokenTraffic } from './token-traffic.ts';

/**
 * 26 seconds. Books still keeps keys for as long as the former schedule said, so it learns of a new one by asking for it when it meets
 * it, every 10 s at most: a key has to be published for longer than that before it signs, which is half of this.
 */
const ROTATION_DAYS = '0.0003';

/** What a busy machine may need on top of the milliseconds that a kill takes. */
const KILL_LIMIT_MS = 4000;

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly state: string;
  readonly created_at: string;
  readonly activates_at: string | null;
}

t.setTimeout(400_000);

void t.test('whatever happens to the keys, no good token is refused, and there is one key that signs and one in reserve', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const former = { key: newSecret(), refresh: newSecret() };
  const next = { key: newSecret(), refresh: newSecret() };
  const stack = await startRollingStack(t, { KEY_ENCRYPTION_KEY: former.key, REFRESH_TOKEN_SECRET: former.refresh });
  const [a, b] = stack.instances;
  const traffic = startTokenTraffic(stack, 3);
  t.teardown(() => traffic.stop());
  /** Waits for more of everything, or for a fault, which `isFaultless` then reports. */
  const flows = (more = 20) => {
    const { refreshes, clientTokens } = traffic.counts;
    const hasFlown = () => traffic.counts.refreshes > refreshes + more && traffic.counts.clientTokens > clientTokens + more;
    return until(() => traffic.faults.length > 0 || hasFlown(), { timeoutMs: 60_000 });
  };
  const isFaultless = (t: Test) => t.strictSame(traffic.faults, []);
  await flows();
  isFaultless(t);

  await t.test('rotations asked for several times in a row, at both instances at once, make one key', async (t) => {
    const before = await listKeys(a);
    const token = await signInAsAdmin(a);
    const answers = await Promise.all([a, b, a, b].map(({ origin }) => call(`${origin}/admin/keys/rotate`, withToken(token, 'POST'))));
    t.strictSame(
      answers.map(({ status }) => status),
      [201, 201, 201, 201],
    );
    await flows();
    const after = await listKeys(a);
    t.equal(after.length, before.length + 1);
    isOneOfEach(t, after);
    isFaultless(t);
  });

  await t.test('a killed key is refused everywhere, twice in a row, and what is signed from then on is good at once', async (t) => {
    for (const at of [a, b]) {
      const before = await listKeys(at);
      const tookMs = await killActive(stack, traffic, at);
      t.ok(tookMs < KILL_LIMIT_MS, `refused everywhere after ${Math.round(tookMs)} ms`);
      t.equal((await listKeys(a)).length, before.length + 1);
    }
    await flows();
    isOneOfEach(t, await listKeys(b));
    isFaultless(t);
  });

  await t.test('KEY_ENCRYPTION_KEY changes from instance to instance, with a kill in between', async (t) => {
    // A new REFRESH_TOKEN_SECRET is accepted everywhere before any instance makes tokens with it.
    const changed = {
      KEY_ENCRYPTION_KEY: next.key,
      KEY_ENCRYPTION_KEY_PREVIOUS: former.key,
      REFRESH_TOKEN_SECRET_PREVIOUS: next.refresh,
    };
    await a.restart(changed);
    await flows();
    await killActive(stack, traffic, a);
    await flows();
    await b.restart(changed);
    await flows();
    isOneOfEach(t, await listKeys(b));
    isFaultless(t);
  });

  await t.test('REFRESH_TOKEN_SECRET and SIGNING_ALG change from instance to instance, and every session goes on', async (t) => {
    const changed = {
      KEY_ENCRYPTION_KEY: next.key,
      REFRESH_TOKEN_SECRET: next.refresh,
      REFRESH_TOKEN_SECRET_PREVIOUS: former.refresh,
      SIGNING_ALG: 'ES256',
      KEY_ROTATION_DAYS: ROTATION_DAYS,
    };
    await a.restart(changed);
    await flows();
    await b.restart(changed);
    await flows();
    isFaultless(t);
  });

  await t.test('the schedule rotates, and every rotation makes one key, which both instances sign with', async (t) => {
    const started = (await listKeys(a)).map(({ kid }) => kid);
    const isNew = ({ kid }: Key) => !started.includes(kid);
    await until(async () => (await listKeys(a)).filter(isNew).length >= 2, { timeoutMs: 120_000, everyMs: 250 });
    await flows();
    const keys = await listKeys(b);
    isOneOfEach(t, keys);
    t.ok(keys.filter(({ state }) => state === 'active' || state === 'reserve').every(({ alg }) => alg === 'ES256'));
    const activations = keys
      .flatMap(({ activates_at }) => (activates_at === null ? [] : [Date.parse(activates_at)]))
      .toSorted((a, b) => a - b);
    const scheduled = activations.slice(-2);
    for (const [index, at] of scheduled.slice(1).entries()) t.ok(at - (scheduled[index] ?? 0) >= 25_000, 'no sooner than asked for');
    for (const { kid } of keys.filter(({ state }) => state === 'retiring')) t.ok(traffic.kids.has(kid), `${kid} has signed`);
    isFaultless(t);
  });

  await traffic.stop();
  isFaultless(t);
  t.ok(traffic.counts.logins > 3);
  t.comment(JSON.stringify(traffic.counts));
});

function isOneOfEach(t: Test, keys: readonly Key[]): void {
  t.strictSame(
    keys
      .map(({ state }) => state)
      .filter((state) => state === 'active' || state === 'reserve')
      .toSorted(),
    ['active', 'reserve'],
  );
}

async function signInAsAdmin({ origin }: AuthInstance): Promise<string> {
  return String((await postJson(`${origin}/login`, ADMIN)).body.access_token);
}

async function listKeys(instance: AuthInstance): Promise<Key[]> {
  const { body } = await call(`${instance.origin}/admin/keys?limit=100`, withToken(await signInAsAdmin(instance)));
  return body as unknown as Key[];
}

/** @returns how long after the answer to the kill a token of the key was accepted somewhere, in milliseconds */
async function killActive({ instances, books }: RollingStack, traffic: TokenTraffic, at: AuthInstance): Promise<number> {
  const token = await signInAsAdmin(at);
  const kid = kidOf(token);
  traffic.expectKill(kid);
  const answer = await call(`${at.origin}/admin/keys/${kid}`, withToken(token, 'DELETE'));
  if (answer.status !== 204) throw new Error(`the kill was answered with ${answer.status} ${JSON.stringify(answer.body)}`);
  traffic.killed(kid);
  const answeredAtMs = performance.now();
  const urls = [`${books}/books?limit=1`, ...instances.map(({ origin }) => `${origin}/me`)];
  await until(async () => {
    const answers = await Promise.all(urls.map((url) => call(url, withToken(token))));
    return answers.every(({ status, body }) => status === 401 && body.code === 'token_revoked');
  });
  return performance.now() - answeredAtMs;
}
