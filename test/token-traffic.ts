import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Answer, call, clientCredentials, postJson, withToken } from './call.ts';
import { type RollingStack, WORKER } from './rolling-stack.ts';
import { kidOf } from './token-parts.ts';

export interface TokenTraffic {
  /** What was wrongly refused, one sentence each. */
  readonly faults: readonly string[];
  readonly counts: { logins: number; refreshes: number; clientTokens: number; verified: number };
  /** The keys of all tokens so far, in order of appearance. */
  readonly kids: ReadonlySet<string>;
  /** Call it before the kill: from then on its tokens may be refused, and those issued a while later must have another key. */
  expectKill(kid: string): void;
  /** Call it after the answer to the kill: no token requested from now on may be signed with the key. */
  killed(kid: string): void;
  stop(): Promise<void>;
}

interface Session {
  accessToken: string;
  refreshToken: string;
}

/** Users who sign in and refresh, and a service that gets tokens, at both instances in turn; every token is used at once and again later, everywhere. */
export function startTokenTraffic({ instances, books }: RollingStack, people: number): TokenTraffic {
  const faults: string[] = [];
  const counts = { logins: 0, refreshes: 0, clientTokens: 0, verified: 0 };
  const kids = new Set<string>();
  const dying = new Set<string>();
  const dead = new Set<string>();
  let isStopped = false;
  let turn = 0;

  /** At the next instance, or the other one while that is being changed, as behind a load balancer. */
  async function atAuth(send: (origin: string) => Promise<Answer>): Promise<Answer> {
    turn += 1;
    const order = turn % 2 === 0 ? instances : instances.toReversed();
    const first = order.find((instance) => !instance.isDown()) ?? order[0];
    try {
      const answer = await send(first.origin);
      if (answer.status !== 503 || !first.isDown()) return answer;
    } catch (error) {
      if (!first.isDown()) throw error;
    }
    const other = first === instances[0] ? instances[1] : instances[0];
    return send(other.origin);
  }

  function note(what: string, { status, body }: Answer, kid = ''): void {
    faults.push(`${what}: ${status} ${body.code ?? JSON.stringify(body)} ${kid}`.trim());
  }

  /** @param wasDead - the keys that had been killed when the token was requested */
  function accept(what: string, token: string, wasDead: ReadonlySet<string>): void {
    const kid = kidOf(token);
    kids.add(kid);
    if (wasDead.has(kid)) faults.push(`${what}: signed with ${kid}, which was killed before`);
  }

  async function use(token: string): Promise<void> {
    const kid = kidOf(token);
    const [read, ...me] = await Promise.all([
      call(`${books}/books?limit=1`, withToken(token)),
      atAuth((origin) => call(`${origin}/me`, withToken(token))),
    ]);
    for (const [where, answer] of [['books', read], ...me.map((answer) => ['auth', answer] as const)] as const) {
      if (answer.status === 200) counts.verified += 1;
      else if (!dying.has(kid)) note(`a good token at ${where}`, answer, kid);
    }
  }

  async function logIn(credentials: object): Promise<Session | null> {
    const wasDead = new Set(dead);
    const answer = await atAuth((origin) => postJson(`${origin}/login`, credentials));
    if (answer.status !== 200) {
      note('login', answer);
      return null;
    }
    counts.logins += 1;
    return sessionOf('login', answer, wasDead);
  }

  function sessionOf(what: string, { body }: Answer, wasDead: ReadonlySet<string>): Session {
    const session = { accessToken: String(body.access_token), refreshToken: String(body.refresh_token) };
    accept(what, session.accessToken, wasDead);
    return session;
  }

  async function livePerson(index: number): Promise<void> {
    const credentials = { username: `person-${index}`, password: 'a long enough password' };
    await atAuth((origin) => postJson(`${origin}/register`, credentials));
    let session = await logIn(credentials);
    const older: string[] = [];
    for (let round = 1; !isStopped && session !== null; round += 1) {
      await use(session.accessToken);
      const old = older.at((round * 7) % Math.max(1, older.length));
      if (old !== undefined) await use(old);
      older.push(session.accessToken);
      const wasDead = new Set(dead);
      const { refreshToken } = session;
      const answer = await atAuth((origin) => postJson(`${origin}/refresh`, { refresh_token: refreshToken }));
      if (answer.status !== 200) {
        note('refresh', answer);
        return;
      }
      counts.refreshes += 1;
      session = sessionOf('refresh', answer, wasDead);
      if (round % 20 === 0) session = await logIn(credentials);
      await pause(20);
    }
  }

  async function liveService(): Promise<void> {
    const init = clientCredentials(WORKER, { resource: 'urn:countersign:books' });
    while (!isStopped) {
      const wasDead = new Set(dead);
      const answer = await atAuth((origin) => call(`${origin}/oauth/token`, init));
      if (answer.status === 200) {
        counts.clientTokens += 1;
        const token = String(answer.body.access_token);
        accept('client_credentials', token, wasDead);
        const read = await call(`${books}/books?limit=1`, withToken(token));
        if (read.status === 200) counts.verified += 1;
        else if (!dying.has(kidOf(token))) note("a service's token at books", read, kidOf(token));
      } else note('client_credentials', answer);
      await pause(20);
    }
  }

  const all = Promise.all([liveService(), ...Array.from({ length: people }, (_, index) => livePerson(index))]);
  all.catch((error: unknown) => faults.push(`the traffic broke off: ${inspect(error)}`));
  return {
    faults,
    counts,
    kids,
    expectKill: (kid) => void dying.add(kid),
    killed: (kid) => void dead.add(kid),
    async stop() {
      isStopped = true;
      await all.catch(() => {});
    },
  };
}
