import { Agent, request } from 'node:http';

/** A person's calls, on kept-alive connections: lighter than fetch, so that the service is what is measured. */
const agent = new Agent({ keepAlive: true });

export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export const USER = { username: 'bench', password: 'a long enough password' };

export async function register(url: string): Promise<void> {
  await post(`${url}/register`, USER, 201);
}

export async function logIn(url: string): Promise<Tokens> {
  return (await post(`${url}/login`, USER, 200)) as Tokens;
}

export async function refresh(url: string, refreshToken: string): Promise<Tokens> {
  return (await post(`${url}/refresh`, { refresh_token: refreshToken }, 200)) as Tokens;
}

export function get(url: string, accessToken: string): Promise<unknown> {
  return call(url, { method: 'GET', headers: { authorization: `Bearer ${accessToken}` } }, null, 200);
}

function post(url: string, body: object, expected: number): Promise<unknown> {
  const text = JSON.stringify(body);
  return call(url, { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': text.length } }, text, expected);
}

function call(url: string, options: object, body: string | null, expected: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, ...options }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => {
        if (answer.statusCode === expected) resolve(text === '' ? null : JSON.parse(text));
        else reject(new Error(`${url} answered ${answer.statusCode}: ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
