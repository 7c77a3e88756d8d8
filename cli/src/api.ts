import { createUserClient, memoryTokenStore, nextPage, readProblem, TokenRequestError } from '@countersign/client';
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isConnectionFault, unreachable } from './connection-fault.ts';
import { Refusal, Unanswered, Unavailable } from './failures.ts';
import { refusalOf } from './refusal-of.ts';
import type { SignIn } from './sign-in.ts';

export interface Send {
  readonly json?: object;
  readonly jsonLines?: string;
  readonly timeoutMs?: number;
}

/** Auth's endpoints, called as an administrator who signs in at the first call. */
export interface Api {
  readonly find: <Schema extends TSchema>(path: string, schema: Schema) => Promise<Static<Schema> | null>;
  /** Yields a listing page by page, `limit` rows at most. */
  readonly list: <Schema extends TSchema>(path: string, schema: Schema, limit: number) => AsyncGenerator<Static<Schema>[]>;
  readonly change: <Schema extends TSchema>(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    schema: Schema,
    send?: Send,
  ) => Promise<Static<Schema>>;
  readonly delete: (path: string, send?: Send) => Promise<void>;
  /** Ends the session of the calls, if there were any. */
  signOut(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TIMEOUT_MS = 15_000;
/** For calls that concern the sessions of many users: a million take a minute or two. */
export const MANY_SESSIONS_TIMEOUT_MS = 10 * 60_000;
const PAGE_ROWS = 100;
const Reauthenticated = Type.Object({ access_token: Type.String() });

export function createApi(getSignIn: () => Promise<SignIn>, signal: AbortSignal): Api {
  const tokens = memoryTokenStore();
  let signedIn: SignIn | null = null;

  const clientFor = ({ origin }: SignIn, timeoutMs: number) => createUserClient({ baseUrl: origin, tokens, timeoutMs, fetch: asCli });

  async function signIn(): Promise<SignIn> {
    if (signedIn !== null) return signedIn;
    const found = await getSignIn();
    const { username, password } = found;
    await signOrRefuse(found, () => clientFor(found, TIMEOUT_MS).logIn({ username, password, scope: 'admin' }));
    signedIn = found;
    return found;
  }

  async function send(method: Method, path: string, { json, jsonLines, timeoutMs = TIMEOUT_MS }: Send = {}): Promise<Response> {
    const who = await signIn();
    const client = clientFor(who, timeoutMs);
    const body = jsonLines ?? (json && JSON.stringify(json));
    const type = jsonLines === undefined ? 'application/json' : 'application/x-ndjson';
    const init = { method, signal, ...(body === undefined ? {} : { body, headers: { 'content-type': type } }) };
    const ask = async () => {
      try {
        return await client.fetch(path, init);
      } catch (cause) {
        throw isConnectionFault(cause) ? new Unanswered(unreachable(who.origin, cause), { cause }) : cause;
      }
    };
    return await signOrRefuse(who, async () => {
      const response = await ask();
      if (response.status !== 401 || (await readProblem(response.clone())).code !== 'reauthentication_required') return response;
      await reauthenticate(who);
      return await ask();
    });
  }

  /** A long import, or a question that waits for its answer, may outlast the proof of the password. */
  async function reauthenticate(who: SignIn): Promise<void> {
    const answer = await clientFor(who, TIMEOUT_MS).fetch('/reauthenticate', {
      method: 'POST',
      signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: who.password }),
    });
    if (!answer.ok) {
      const refusal = await refusalOf(answer);
      const Kind = refusal instanceof Unavailable ? Unavailable : Refusal;
      throw new Kind(`${who.username} can't confirm the password again at ${who.origin}: ${refusal.message}`);
    }
    const { access_token: accessToken } = await read(answer, Reauthenticated);
    const kept = await tokens.load();
    if (kept !== null) await tokens.save({ ...kept, accessToken });
  }

  return {
    async find(path, schema) {
      const response = await send('GET', path);
      if (response.status !== 404) return await read(response, schema);
      await response.body?.cancel();
      return null;
    },

    async *list<Schema extends TSchema>(path: string, schema: Schema, limit: number) {
      const separator = path.includes('?') ? '&' : '?';
      let next: string | null = `${path}${separator}limit=${Math.min(limit, PAGE_ROWS)}`;
      for (let left = limit; next !== null && left > 0; ) {
        const response = await send('GET', next);
        const page: Static<Schema>[] = await read(response, Type.Array(schema));
        yield page.slice(0, left);
        left -= page.length;
        next = nextPage(response.headers.get('link'));
      }
    },

    change: async (method, path, schema, options) => await read(await send(method, path, options), schema),

    async delete(path, options) {
      const response = await send('DELETE', path, options);
      if (!response.ok) throw await refusalOf(response);
      await response.body?.cancel();
    },

    async signOut() {
      const who = signedIn;
      if (who !== null) await signOrRefuse(who, () => clientFor(who, TIMEOUT_MS).logOut(), 'out');
      signedIn = null;
    },
  };
}

/** Shows the CLI as such in the list of sessions and the audit log. */
const asCli = (url: URL, init: RequestInit) => {
  const headers = new Headers(init.headers);
  headers.set('user-agent', 'countersign-cli');
  return fetch(url, { ...init, headers });
};

async function read<Schema extends TSchema>(response: Response, schema: Schema): Promise<Static<Schema>> {
  if (!response.ok) throw await refusalOf(response);
  const body: unknown = await response.json().catch(() => null);
  if (!Value.Check(schema, body))
    throw new Unanswered(`${new URL(response.url).origin} did not answer as auth does. Is COUNTERSIGN_URL right?`);
  return body;
}

async function signOrRefuse<Value>({ origin, username }: SignIn, work: () => Promise<Value>, inOrOut: 'in' | 'out' = 'in'): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (isConnectionFault(error)) throw new Unavailable(unreachable(origin, error), { cause: error });
    if (!(error instanceof TokenRequestError)) throw error;
    const { detail, requestId, status } = error;
    if (status === null) throw new Unavailable(unreachable(origin, error), { cause: error });
    if (status === 404) throw new Refusal(`No auth service answers at ${origin}. Is COUNTERSIGN_URL right?`, { cause: error });
    const Kind = status < 500 ? Refusal : Unavailable;
    if (detail === null) throw new Kind(`${origin} answered ${status}, but not as auth does. Is COUNTERSIGN_URL right?`, { cause: error });
    const reference = requestId === null ? '' : ` (request ${requestId})`;
    throw new Kind(`${username} can't sign ${inOrOut} at ${origin}: ${detail}${reference}`, { cause: error });
  }
}
