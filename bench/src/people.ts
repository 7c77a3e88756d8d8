import { expectAnswer } from './send.ts';

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export const USER = { username: 'bench', password: 'a long enough password' };

export async function register(url: string, user = USER): Promise<void> {
  await post(`${url}/register`, user, 201);
}

export async function logIn(url: string, user = USER): Promise<Tokens> {
  return JSON.parse(await post(`${url}/login`, user, 200)) as Tokens;
}

export async function refresh(url: string, refreshToken: string): Promise<Tokens> {
  return JSON.parse(await post(`${url}/refresh`, { refresh_token: refreshToken }, 200)) as Tokens;
}

/** All sessions but the one that asks. */
export async function endSessions(url: string, { access_token: token }: Tokens): Promise<void> {
  await expectAnswer(204, 'DELETE', `${url}/sessions`, { authorization: `Bearer ${token}` });
}

function post(url: string, body: object, expected: number): Promise<string> {
  return expectAnswer(expected, 'POST', url, { 'content-type': 'application/json' }, JSON.stringify(body));
}
