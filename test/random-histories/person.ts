import type { Random } from '@countersign/testing';
import { type Answer, jsonRequest } from '../call.ts';
import { sidOf } from '../token-parts.ts';
import type { History } from './history.ts';
import type { Server } from './history-stack.ts';
import { type AccessToken, isGood, Life, unknownLife } from './life.ts';
import { hangUpAndRepeat, loseAnAnswer, presentPredecessor, refreshInTwoTabs, refreshOnce } from './refresh-moves.ts';
import { isOver, newestOf, refresh, type Session, takeAccessToken } from './refresh-sessions.ts';
import { isUnknown } from './send-calls.ts';

/** What a person and an administrator know of an account. */
export interface Account {
  readonly id: string;
  readonly username: string;
  /** Of all its sessions so far; an administrator who ends them puts a new one in its place. */
  sessions: Life;
  /** Whether it is disabled or deleted, or may be. */
  isBarred: boolean;
  /** Whether it was deleted, or nobody knows its password any more. */
  isLost: boolean;
}

const MAX_SESSIONS = 3;
/** As many of each session are used again and again, beside the newest. */
const OLDER_TOKENS = 30;

/** Somebody who has an account, signs in, and does with several sessions what people, browsers and thieves do. */
export class Person {
  readonly name: string;
  readonly #history: History;
  readonly #random: Random;
  #accounts = 0;
  #account: Account | null = null;
  #password = '';
  /** Those that go on, as far as anybody knows. */
  #sessions: Session[] = [];
  /** Tokens of those that don't. */
  readonly #former: AccessToken[] = [];
  readonly #ended: Session[] = [];

  constructor(name: string, history: History, random: Random) {
    this.name = name;
    this.#history = history;
    this.#random = random;
  }

  get account(): Account | null {
    return this.#account;
  }

  get sessions(): readonly Session[] {
    return this.#sessions;
  }

  /** Does one thing, chosen from what is possible now. */
  async move(): Promise<void> {
    this.#bury();
    const account = this.#account;
    if (account === null || account.isLost) return this.#register();
    if (this.#sessions.length === 0) return this.#signIn(account);
    const session = this.#random.pick(this.#sessions);
    const hasOthers = this.#sessions.length > 1;
    const move = this.#random.pickWeighted<() => Promise<unknown>>([
      [() => this.#useAny(session), 8],
      [() => refreshOnce(this.#history, this.#random, session), 6],
      [() => loseAnAnswer(this.#history, this.#random, session), 3],
      [() => hangUpAndRepeat(this.#history, this.#random, session), 3],
      [() => refreshInTwoTabs(this.#history, this.#random, session), 3],
      [() => presentPredecessor(this.#history, this.#random, session), newestOf(session) > 0 && !session.isNewestTried ? 3 : 0],
      [() => this.#useFormer(), this.#former.length > 0 ? 3 : 0],
      [() => this.#refreshEnded(), this.#ended.length > 0 ? 1 : 0],
      [() => this.#signIn(account), this.#sessions.length < MAX_SESSIONS ? 1.5 : 0],
      [() => this.#stealAnOlderOne(session), newestOf(session) > 1 ? 0.7 : 0],
      [() => this.#logOut(session), 0.5],
      [() => this.#logOutWhileRefreshing(session), 0.5],
      [() => this.#endAnother(session), hasOthers ? 0.5 : 0],
      [() => this.#endAllOthers(session), hasOthers ? 0.4 : 0],
      [() => this.#changePassword(session, account), 0.3],
    ]);
    await move();
  }

  /** Every session that should go on does, and is good everywhere. */
  async finish(): Promise<void> {
    this.#bury();
    const { auth, books } = this.#history.stack;
    for (const session of this.#sessions) {
      for (const server of auth) await refresh(this.#history, session, newestOf(session), server);
      for (const server of [...auth, ...books]) await this.#history.uses.use(session.accessTokens.at(-1) as AccessToken, server);
    }
    for (const token of this.#former.slice(-OLDER_TOKENS)) for (const server of books) await this.#history.uses.use(token, server);
  }

  /** What has ended, or may have, is no longer refreshed as if it went on. */
  #bury(): void {
    for (const session of this.#sessions.filter(isOver)) {
      this.#former.push(...session.accessTokens);
      this.#ended.push(session);
    }
    this.#sessions = this.#sessions.filter((session) => !isOver(session));
  }

  async #register(): Promise<void> {
    this.#accounts += 1;
    const [username, password] = [`${this.name}-${this.#accounts}`, 'a long enough password'];
    const answer = await this.#post('/register', { username, password });
    if (answer.status === 201)
      this.#account = { id: String(answer.body.id), username, sessions: new Life(), isBarred: false, isLost: false };
    this.#password = password;
  }

  async #signIn(account: Account): Promise<void> {
    const { record } = this.#history;
    const { sessions: users, isBarred: wasBarred } = account;
    const requestedAtMs = performance.now();
    const answer = await this.#post('/login', { username: account.username, password: this.#password });
    if (isUnknown(answer)) return;
    if (answer.status !== 200) {
      if (!wasBarred && !account.isBarred) record.breach('good', this.name, `signing in: ${answer.status} ${answer.body.code}`);
      return;
    }
    record.count('sign in');
    // Of one that began while an administrator ended the user's sessions nobody knows whether it began before or after.
    const life = users.isLive && account.sessions === users ? users : unknownLife();
    const lives = [new Life(), life] as const;
    const text = String(answer.body.access_token);
    const session: Session = {
      who: this.name,
      id: sidOf(text),
      lives,
      refreshTokens: [String(answer.body.refresh_token)],
      accessTokens: [takeAccessToken(this.#history, { who: this.name, text, lives, requestedAtMs })],
      isNewestTried: false,
      isStolen: false,
    };
    this.#sessions.push(session);
  }

  /** The newest access token or one of the older ones, anywhere. */
  async #useAny({ accessTokens }: Session): Promise<void> {
    const token = this.#random.chance(0.5) ? accessTokens.at(-1) : this.#random.pick(accessTokens.slice(-OLDER_TOKENS));
    if (token !== undefined) await this.#history.uses.use(token, this.#anyServer());
  }

  async #useFormer(): Promise<void> {
    await this.#history.uses.use(this.#random.pick(this.#former.slice(-OLDER_TOKENS)), this.#anyServer());
  }

  async #stealAnOlderOne(session: Session): Promise<void> {
    const { status } = await refresh(this.#history, session, this.#random.below(newestOf(session) - 1), this.#anyAuth());
    if (status !== 401) return;
    this.#history.record.count('theft');
    await this.#expectEnded([session]);
  }

  async #logOut(session: Session): Promise<void> {
    session.lives[0].mayEnd();
    const answer = await this.#post('/logout', { token: session.refreshTokens.at(-1) });
    await this.#concludeEnd(answer, 'log out', [session]);
  }

  async #logOutWhileRefreshing(session: Session): Promise<void> {
    session.lives[0].mayEnd();
    const token = session.refreshTokens.at(-1);
    const [answer] = await Promise.all([
      this.#post('/logout', { token }),
      refresh(this.#history, session, newestOf(session), this.#anyAuth()),
      refresh(this.#history, session, newestOf(session), this.#anyAuth()),
    ]);
    await this.#concludeEnd(answer, 'log out while refreshing', [session]);
  }

  async #endAnother(session: Session): Promise<void> {
    const other = this.#random.pick(this.#sessions.filter((one) => one !== session));
    await this.#endBy(session, [other], 'end one session', { method: 'DELETE', path: `/sessions/${other.id}` });
  }

  async #endAllOthers(session: Session): Promise<void> {
    const others = this.#sessions.filter((one) => one !== session);
    await this.#endBy(session, others, 'end all other sessions', { method: 'DELETE', path: '/sessions' });
  }

  async #changePassword(session: Session, account: Account): Promise<void> {
    const others = this.#sessions.filter((one) => one !== session);
    const next = `a long enough password ${this.#random.below(1e6)}`;
    const body = { current_password: this.#password, new_password: next };
    const answer = await this.#endBy(session, others, 'change the password', { method: 'POST', path: '/password', body });
    if (answer.status === 204) this.#password = next;
    else if (isUnknown(answer)) this.#abandon(account);
  }

  /** Which of two passwords holds, nobody knows. */
  #abandon(account: Account): void {
    account.isLost = true;
    account.sessions.mayEnd();
  }

  async #endBy(
    session: Session,
    ended: readonly Session[],
    what: string,
    use: { readonly method: string; readonly path: string; readonly body?: object },
  ): Promise<Answer> {
    const token = session.accessTokens.at(-1) as AccessToken;
    for (const { lives } of ended) lives[0].mayEnd();
    const answer = await this.#history.uses.use(token, this.#anyAuth(), use);
    if (answer.status === 204) await this.#concludeEnd(answer, what, ended);
    else if (!isUnknown(answer) && isGood(token.lives)) this.#history.record.breach('good', this.name, `${what}: ${answer.status}`);
    return answer;
  }

  async #concludeEnd({ status, body }: Answer, what: string, ended: readonly Session[]): Promise<void> {
    const { record } = this.#history;
    if (status === 204) {
      for (const { lives } of ended) lives[0].end();
      record.count(what);
      await this.#expectEnded(ended);
    } else if (status !== 0 && status !== 503) record.breach('refused', this.name, `${what}: ${status} ${body.code}`);
  }

  /** At both books soon, at auth at once, and no token of it gives another. */
  async #expectEnded(ended: readonly Session[]): Promise<void> {
    for (const session of ended) {
      const token = session.accessTokens.at(-1) as AccessToken;
      this.#history.uses.watch(token);
      for (const auth of this.#history.stack.auth) await this.#history.uses.use(token, auth);
      await refresh(this.#history, session, newestOf(session), this.#anyAuth());
    }
  }

  async #refreshEnded(): Promise<void> {
    const session = this.#random.pick(this.#ended);
    await refresh(this.#history, session, newestOf(session), this.#anyAuth());
  }

  #post(path: string, body: object): Promise<Answer> {
    return this.#history.send({ who: this.name, what: path, server: this.#anyAuth(), path, init: jsonRequest(body) });
  }

  #anyAuth(): Server {
    return this.#random.pick(this.#history.stack.auth);
  }

  /** Books twice as often. */
  #anyServer(): Server {
    const { auth, books } = this.#history.stack;
    return this.#random.pick([...auth, ...books, ...books]);
  }
}
