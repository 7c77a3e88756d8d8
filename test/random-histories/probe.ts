import { until } from '@countersign/testing';
import { type Answer, jsonRequest } from '../call.ts';
import { ADMIN } from '../services.ts';
import type { History } from './history.ts';
import type { Server } from './history-stack.ts';
import { Life } from './life.ts';
import { takeAccessToken } from './refresh-sessions.ts';
import type { Limits } from './send-calls.ts';

const PROBE = 'probe';

/** Sees whether everything works: every process is ready, a sign-in at each auth is good everywhere, and its end is known everywhere. */
export class Probe {
  readonly #history: History;
  readonly #limits: Limits;

  constructor(history: History, limits: Limits) {
    this.#history = history;
    this.#limits = limits;
  }

  async untilEverythingWorks(): Promise<void> {
    const { record, stack } = this.#history;
    const beganMs = performance.now();
    try {
      await Promise.all(stack.auth.map((auth) => this.#until(() => this.#worksAfterSignInAt(auth))));
    } catch (error) {
      record.breach('recovers', PROBE, String(error));
    }
    record.measure('until everything works again', performance.now() - beganMs);
  }

  /** Where something doesn't, it is tried again from the beginning: the key may be killed meanwhile. */
  async #worksAfterSignInAt(auth: Server): Promise<boolean> {
    const { uses, stack } = this.#history;
    const servers = [...stack.auth, ...stack.books];
    const answers = async (ask: (server: Server) => Promise<Answer>) =>
      new Set((await Promise.all(servers.map(ask))).map(({ status }) => status));
    const isOnly = (status: number, all: ReadonlySet<number>) => all.size === 1 && all.has(status);
    if (!isOnly(200, await answers((server) => this.#send(server, '/readyz')))) return false;
    const signedIn = await this.#signIn(auth);
    if (signedIn === null) return false;
    const { token, session, refreshToken } = signedIn;
    const use = (server: Server) => uses.use(token, server, { isQuiet: true });
    if (!isOnly(200, await answers(use))) return false;
    session.mayEnd();
    if ((await this.#send(auth, '/logout', jsonRequest({ token: refreshToken }))).status !== 204) return false;
    session.end();
    await this.#until(async () => isOnly(401, await answers(use)));
    return true;
  }

  async #signIn(auth: Server) {
    const [session, requestedAtMs] = [new Life(), performance.now()];
    const { status, body } = await this.#send(auth, '/login', jsonRequest(ADMIN));
    if (status !== 200) return null;
    const token = takeAccessToken(this.#history, { who: PROBE, text: String(body.access_token), lives: [session], requestedAtMs });
    return { token, session, refreshToken: String(body.refresh_token) };
  }

  #send(server: Server, path: string, init: RequestInit = {}): Promise<Answer> {
    return this.#history.send({ who: PROBE, what: path, server, path, init, isQuiet: true });
  }

  #until<Value>(check: () => Value | Promise<Value>): Promise<Exclude<Value, false | null | undefined>> {
    return until(check, { timeoutMs: this.#limits.recoversMs, everyMs: 50 });
  }
}
