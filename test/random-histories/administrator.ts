import { createDeck, type Random, until } from '@countersign/testing';
import { type Answer, jsonRequest } from '../call.ts';
import { ADMIN } from '../services.ts';
import type { ClientService } from './client-service.ts';
import type { History } from './history.ts';
import { EVERYBODY } from './history-record.ts';
import type { Server } from './history-stack.ts';
import { type AccessToken, isGood, Life } from './life.ts';
import type { Account, Person } from './person.ts';
import { takeAccessToken } from './refresh-sessions.ts';
import { isUnknown } from './send-calls.ts';

/** A call whose answer left its outcome open. */
const REPEAT = { everyMs: 100, timeoutMs: 120_000 };

const ADMINISTRATOR = 'administrator';

/** Ends what belongs to others, and repeats each call until an answer says that it is done. */
export class Administrator {
  readonly #history: History;
  readonly #random: Random;
  readonly #deal: () => () => Promise<void>;
  readonly #people: readonly Person[];
  readonly #service: ClientService;
  #token: AccessToken | null = null;

  constructor(history: History, random: Random, people: readonly Person[], service: ClientService) {
    this.#history = history;
    this.#random = random;
    this.#people = people;
    this.#service = service;
    this.#deal = createDeck(random, [
      () => this.#disableSomebody(),
      () => this.#deleteSomebody(),
      () => this.#endSessionsOfSomebody(),
      () => this.#replaceClient(),
      () => this.#killActiveKey(),
    ]);
  }

  /** Does one thing; all of them come equally often. */
  move(): Promise<void> {
    return this.#deal()();
  }

  /** Adds a client for the service that has none. */
  async addClient(): Promise<void> {
    const body = { name: 'reports', scopes: ['books:read'], audiences: ['urn:countersign:books'] };
    const { body: client } = await this.#untilDone('POST', '/admin/clients', body);
    this.#service.use({ id: String(client.client_id), secret: String(client.client_secret), life: new Life() });
  }

  async #disableSomebody(): Promise<void> {
    await this.#changeSomebody(async (account) => {
      account.isBarred = true;
      await this.#end(account.sessions, () => this.#untilDone('PATCH', `/admin/users/${account.id}`, { disabled: true }));
      this.#history.record.count('disable a user');
      await this.#untilDone('PATCH', `/admin/users/${account.id}`, { disabled: false });
      account.sessions = new Life();
      account.isBarred = false;
    });
  }

  async #deleteSomebody(): Promise<void> {
    await this.#changeSomebody(async (account) => {
      account.isBarred = true;
      await this.#end(account.sessions, () => this.#untilDone('DELETE', `/admin/users/${account.id}`));
      this.#history.record.count('delete a user');
      account.isLost = true;
    });
  }

  async #endSessionsOfSomebody(): Promise<void> {
    await this.#changeSomebody(async (account) => {
      await this.#end(account.sessions, () => this.#untilDone('DELETE', `/admin/users/${account.id}/sessions`));
      this.#history.record.count("end a user's sessions");
      account.sessions = new Life();
    });
  }

  /** And sees that the user's tokens are refused. */
  async #changeSomebody(change: (account: Account) => Promise<void>): Promise<void> {
    const person = this.#random.pick(this.#people);
    const { account } = person;
    if (account === null || account.isLost) return;
    // Sessions of a former account aren't among those that end.
    const sessions = person.sessions.filter(({ lives }) => lives[1] === account.sessions);
    const tokens = sessions.flatMap(({ accessTokens }) => accessTokens.slice(-1));
    this.#history.record.note(person.name, `the administrator turns to ${account.username}`);
    await change(account);
    this.#history.record.note(person.name, `the administrator has done with ${account.username}`);
    for (const token of tokens) this.#history.uses.watch(token);
  }

  async #replaceClient(): Promise<void> {
    const { client } = this.#service;
    if (client !== null) {
      await this.#end(client.life, () => this.#untilDone('DELETE', `/admin/clients/${client.id}`));
      this.#history.record.count('delete a client');
      const token = this.#service.newestToken;
      if (token !== null) this.#history.uses.watch(token);
    }
    await this.addClient();
  }

  async #killActiveKey(): Promise<void> {
    const token = await this.#signIn();
    const key = this.#history.keys.get(token.kid) as Life;
    this.#history.record.note(EVERYBODY, `key ${token.kid} is being killed`);
    await this.#end(key, () => this.#untilDone('DELETE', `/admin/keys/${token.kid}`));
    this.#history.record.note(EVERYBODY, `key ${token.kid} is killed`);
    this.#history.record.count('kill a key');
    this.#history.uses.watch(token);
  }

  async #end(life: Life, send: () => Promise<Answer>): Promise<void> {
    life.mayEnd();
    await send();
    life.end();
  }

  /** Repeats the call while answers leave open what became of it, as a script would. */
  #untilDone(method: string, path: string, body?: object): Promise<Answer> {
    let isRepeated = false;
    return until(async () => {
      const token = this.#token !== null && isGood(this.#token.lives) ? this.#token : await this.#signIn();
      const answer = await this.#history.uses.use(token, this.#anyAuth(), { method, path, ...(body !== undefined && { body }) });
      const { status } = answer;
      const isDone = (status >= 200 && status < 300) || (status === 404 && isRepeated);
      const isOpen = isUnknown(answer) || (status === 401 && !isGood(token.lives));
      if (!isDone && !isOpen) throw new Error(`${method} ${path}: ${status} ${answer.body.code}`);
      isRepeated = true;
      return isDone ? answer : null;
    }, REPEAT);
  }

  #signIn(): Promise<AccessToken> {
    return until(async () => {
      const requestedAtMs = performance.now();
      const answer = await this.#history.send({
        who: ADMINISTRATOR,
        what: 'sign in',
        server: this.#anyAuth(),
        path: '/login',
        init: jsonRequest(ADMIN),
      });
      if (isUnknown(answer)) return null;
      const text = String(answer.body.access_token);
      this.#token = takeAccessToken(this.#history, { who: ADMINISTRATOR, text, lives: [], requestedAtMs });
      return this.#token;
    }, REPEAT);
  }

  #anyAuth(): Server {
    return this.#random.pick(this.#history.stack.auth);
  }
}
