import type { Test } from 'tap';
import { createUserClient, memoryTokenStore, type TokenStore } from '../src/index.ts';
import { type StubHandler, type StubServer, stubServer } from './stub-server.ts';

/** A miniature auth service: refresh-N gives access-N+1 and refresh-N+1, and only the newest access token is valid. */
export async function start(t: Test, paths: Readonly<Record<string, StubHandler>> = {}, tokens: TokenStore = memoryTokenStore()) {
  let generation = 1;
  const pair = () => ({ body: { access_token: `access-${generation}`, refresh_token: `refresh-${generation}` } });
  const server: StubServer = await stubServer(t, {
    '/login': ({ body }) =>
      (JSON.parse(body) as { password: string }).password === 'right'
        ? pair()
        : { status: 401, body: { code: 'credentials_invalid', detail: 'No.', request_id: 'r-1' } },
    '/refresh': ({ body }) => {
      const { refresh_token } = JSON.parse(body) as { refresh_token: string };
      if (refresh_token === `refresh-${generation}`) generation += 1;
      else if (refresh_token !== `refresh-${generation - 1}`) return { status: 401, body: { code: 'token_revoked' } };
      return pair();
    },
    '/books': ({ headers }) =>
      headers.authorization === `Bearer access-${generation}`
        ? { body: [] }
        : { status: 401, body: { code: headers.authorization ? 'token_expired' : 'token_missing' } },
    '/logout': () => ({ status: 204 }),
    ...paths,
  });
  const client = createUserClient({ baseUrl: server.url, tokens });
  return { server, client, tokens, expireAccess: () => tokens.save({ accessToken: 'stale', refreshToken: `refresh-${generation}` }) };
}

export const credentials = { username: 'ada', password: 'right' };
