import type { Random } from '@countersign/testing';
import { clientCredentials } from '../call.ts';
import type { History } from './history.ts';
import { type AccessToken, isGood, type Life } from './life.ts';
import { takeAccessToken } from './refresh-sessions.ts';
import { isUnknown } from './send-calls.ts';

export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly life: Life;
}

/** A program that gets tokens of its own by client_credentials, and uses them and former ones at books. */
export class ClientService {
  readonly name = 'service';
  readonly #history: History;
  readonly #random: Random;
  #client: Client | null = null;
  readonly #tokens: AccessToken[] = [];

  constructor(history: History, random: Random) {
    this.#history = history;
    this.#random = random;
  }

  get client(): Client | null {
    return this.#client;
  }

  get newestToken(): AccessToken | null {
    return this.#tokens.at(-1) ?? null;
  }

  /** From now on. */
  use(client: Client): void {
    this.#client = client;
  }

  async move(): Promise<void> {
    if (this.#client === null) return;
    if (this.#tokens.length === 0 || this.#random.chance(0.3)) await this.#getToken(this.#client);
    else await this.#history.uses.use(this.#random.pick(this.#tokens.slice(-30)), this.#random.pick(this.#history.stack.books));
  }

  async #getToken({ id, secret, life }: Client): Promise<void> {
    const { send, record, stack } = this.#history;
    const [wasGood, requestedAtMs] = [isGood([life]), performance.now()];
    const hadEnded = life.endedAtMs < requestedAtMs;
    const init = clientCredentials({ id, secret });
    const answer = await send({
      who: this.name,
      what: 'client_credentials',
      server: this.#random.pick(stack.auth),
      path: '/oauth/token',
      init,
    });
    if (isUnknown(answer)) return;
    if (answer.status !== 200) {
      if (wasGood && isGood([life])) record.breach('good', this.name, `client_credentials: ${answer.status} ${answer.body.error}`);
      return;
    }
    if (hadEnded) record.breach('refused', this.name, 'a client that was deleted got a token');
    record.count('client token');
    this.#tokens.push(
      takeAccessToken(this.#history, { who: this.name, text: String(answer.body.access_token), lives: [life], requestedAtMs }),
    );
  }
}
