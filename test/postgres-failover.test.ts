import { BUSY_MS, needsReal, startReplicatedPostgres, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { type Addressing, type FailoverStack, startAuthOn, startFailoverStack } from './failover-stack.ts';
import { ADMIN } from './services.ts';
import { logIn, type Tokens } from './stack.ts';

t.setTimeout(240_000);

/** Every request is answered within this, whatever happens to Postgres. */
const ANSWERS_WITHIN_MS = 5000 + BUSY_MS;
const RECOVERS = { timeoutMs: 15_000, everyMs: 50 };

interface Failover {
  readonly title: string;
  readonly addressing: Addressing;
  readonly fail: (stack: FailoverStack) => unknown;
}

const failovers: readonly Failover[] = [
  { title: 'a primary that is killed', addressing: 'two addresses', fail: ({ primary }) => primary.kill() },
  { title: 'a primary that is paused, its connections open', addressing: 'two addresses', fail: ({ primary }) => primary.pause() },
  { title: 'a primary that comes back as a standby', addressing: 'one address', fail: ({ demote }) => demote() },
];

for (const { title, addressing, fail } of failovers) {
  void t.test(`${title} means 503 within 5 s until its standby is promoted, by ${addressing}, and then everything goes on`, async (t) => {
    if (!needsReal(t, 'faults')) return;
    const stack = await startFailoverStack(t, addressing);
    const [tokens, revoked] = [await logIn(stack.auth, ADMIN), await logIn(stack.auth, ADMIN)];
    const requests = requestsOf(t, stack, tokens);
    t.strictSame(new Set(await requests.send()), new Set([200, 201]));
    await stack.caughtUp();

    await fail(stack);
    await until(async () => (await requests.send()).every((status) => status === 503), RECOVERS);
    for (const origin of [stack.auth, stack.books]) {
      t.match(await (await fetch(`${origin}/readyz`)).json(), { not_ready: { postgres: String } });
      t.equal((await fetch(`${origin}/livez`)).status, 200);
    }
    t.equal((await fetch(`${stack.auth}/.well-known/jwks.json`)).status, 200, 'the keys are in memory');

    await stack.promote();
    stack.move();
    await until(async () => (await requests.send()).every((status) => status < 300), RECOVERS);
    for (let round = 0; round < 10; round += 1) t.ok((await requests.send()).every((status) => status < 300));
    t.equal((await refresh(stack, tokens)).status, 200);

    t.equal((await listBooks(stack, revoked)).status, 200);
    t.equal((await post(`${stack.auth}/logout`, {}, revoked.refresh_token)).status, 204);
    await until(async () => (await listBooks(stack, revoked)).status === 401);
    t.equal((await listBooks(stack, tokens)).status, 200, 'another session goes on');
    for (const process of stack.processes) t.strictSame(await process.stop(), { code: 0, signal: null });
  });
}

void t.test('a revocation that the promoted standby lacks is still refused where it was refused, and new ones arrive', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const stack = await startFailoverStack(t, 'two addresses');
  const [tokens, lost] = [await logIn(stack.auth, ADMIN), await logIn(stack.auth, ADMIN)];
  await stack.caughtUp();
  await stack.standby.kill();
  t.equal((await post(`${stack.auth}/logout`, {}, lost.refresh_token)).status, 204);
  await until(async () => (await listBooks(stack, lost)).status === 401);

  await stack.primary.kill();
  await stack.standby.restart();
  await stack.promote();
  await until(async () => (await logIn(stack.auth, ADMIN)).access_token, RECOVERS);
  t.equal((await fetch(`${stack.auth}/me`, withToken(lost.access_token))).status, 200, 'the database knows nothing of it');
  t.equal((await listBooks(stack, lost)).status, 401);
  t.equal((await post(`${stack.auth}/logout`, {}, tokens.refresh_token)).status, 204);
  await until(async () => (await listBooks(stack, tokens)).status === 401, RECOVERS);
  t.equal((await listBooks(stack, await logIn(stack.auth, ADMIN))).status, 200);
  t.equal((await listBooks(stack, lost)).status, 401, 'also once the list was rebuilt');
});

void t.test('a start while only a standby can be reached ends with a sentence', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { standby } = await startReplicatedPostgres(t);
  const auth = await startAuthOn(t, standby.url);
  t.strictSame(await auth.exit, { code: 1, signal: null });
  t.equal(auth.stderr(), 'The database of DATABASE_URL cannot be used. (The database server is a standby, which accepts no writes.)\n');
});

/** One of each kind: reading and writing, at auth and at books, and whether they are ready. Nothing else but what was asked for, or 503, is ever answered. */
function requestsOf(t: Test, stack: FailoverStack, { access_token }: Tokens) {
  const all = [
    () => fetch(`${stack.auth}/me`, withToken(access_token)),
    () => post(`${stack.auth}/login`, ADMIN),
    () => fetch(`${stack.auth}/readyz`),
    () => fetch(`${stack.books}/books`, withToken(access_token)),
    () => post(`${stack.books}/books`, { title: 'Failover', author: 'A' }, access_token),
    () => fetch(`${stack.books}/readyz`),
  ];
  const sendOne = async (request: () => Promise<Response>) => {
    const began = performance.now();
    const answer = await request();
    const text = await answer.text();
    const tookMs = performance.now() - began;
    if (tookMs > ANSWERS_WITHIN_MS) t.fail(`${answer.url} took ${Math.round(tookMs)} ms`);
    const isExpected = answer.ok || (answer.status === 503 && /^\d+$/.test(answer.headers.get('retry-after') ?? ''));
    if (!isExpected) t.fail(`${answer.url}: ${answer.status} ${text}`);
    return answer.status;
  };
  return { send: () => Promise.all(all.map(sendOne)) };
}

const listBooks = ({ books }: FailoverStack, { access_token }: Tokens) => fetch(`${books}/books`, withToken(access_token));

const refresh = ({ auth }: FailoverStack, { refresh_token }: Tokens) => post(`${auth}/refresh`, {}, refresh_token);

function post(url: string, body: object, token?: string): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...authorization }, body: JSON.stringify(body) });
}

const withToken = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
