import { until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { type SignIn, startLocalStack } from './stack.ts';
import { signIn } from './tutorial-client.ts';

t.setTimeout(280_000);

/** Short lifetimes, so that access tokens expire during the test. */
const SHORT = { ACCESS_TOKEN_TTL_SECONDS: '1', CLOCK_TOLERANCE_SECONDS: '0', REFRESH_GRACE_SECONDS: '0' };
const EXPIRES_WITHIN_MS = 15_000;

void t.test('with rotation, a client that stores each new refresh token stays signed in', async (t) => {
  const { gateway, users } = await startLocalStack(t, SHORT);
  await staysSignedIn(t, gateway, users.demo, { keepsFirstRefreshToken: false });

  await t.test('with rotation, a client that keeps its first refresh token works for one refresh', async (t) => {
    const client = await signIn(gateway, users.demo, { keepsFirstRefreshToken: true });
    await until(async () => (await client.get('/books')).ok && client.refreshes() === 1, { timeoutMs: EXPIRES_WITHIN_MS, everyMs: 100 });
    const second = until(async () => (await client.get('/books')) && client.refreshes() > 1, { timeoutMs: 4000, everyMs: 100 });
    const error = (await second.catch((reason: unknown) => reason)) as Error;
    t.match(String(error.cause), /refresh: 401 .*token_revoked/);
  });
});

void t.test('without rotation, a client that keeps its first refresh token stays signed in', async (t) => {
  const { gateway, users } = await startLocalStack(t, { ...SHORT, REFRESH_ROTATION: 'off' });
  await staysSignedIn(t, gateway, users.demo, { keepsFirstRefreshToken: true });
});

// COMPOSE_URL and DEMO_PASSWORD name a running compose stack, started with ACCESS_TOKEN_TTL_SECONDS=2; with REFRESH_ROTATION=off for the second form.
const { COMPOSE_URL, DEMO_PASSWORD, REFRESH_ROTATION } = process.env;
if (COMPOSE_URL !== undefined && DEMO_PASSWORD !== undefined) {
  const keepsFirstRefreshToken = REFRESH_ROTATION === 'off';
  void t.test(
    `on the compose stack, a client that ${keepsFirstRefreshToken ? 'keeps its first' : 'stores each new'} refresh token stays signed in`,
    async (t) => {
      await staysSignedIn(t, COMPOSE_URL, { username: 'demo', password: DEMO_PASSWORD }, { keepsFirstRefreshToken });
    },
  );
}

async function staysSignedIn(t: Test, origin: string, user: SignIn, form: { keepsFirstRefreshToken: boolean }): Promise<void> {
  const client = await signIn(origin, user, form);
  for (const refreshes of [1, 2, 3]) {
    await until(
      async () => {
        const answer = await client.get('/books');
        return answer.status === 200 && Array.isArray(await answer.json()) && client.refreshes() === refreshes;
      },
      { timeoutMs: EXPIRES_WITHIN_MS, everyMs: 100 },
    );
    t.pass(`GET /books goes on after refresh ${refreshes}`);
  }
}
